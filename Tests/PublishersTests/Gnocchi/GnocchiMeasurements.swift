import Foundation
import Telemetry
import Testing

@testable import Outbox
@testable import Publishers

/// What Gnocchi costs on our side: `AEROSTAT_MEASURE=1 swift test --filter GnocchiMeasurements`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["AEROSTAT_MEASURE"] != nil))
struct GnocchiMeasurements {
    /// Polls of 100 instances as the recording's, 12 measures each.
    @Test func costOfAThousandMeasures() async throws {
        let golden = try GnocchiGolden()
        let polled = (0..<100).flatMap { number in
            golden.samples.map { sample in
                let resource = sample.resource
                return Sample(
                    id: sample.id, meter: sample.meter,
                    resource: Resource(
                        id: "\(number)-\(resource.id)", userID: resource.userID, projectID: resource.projectID,
                        source: resource.source, metadata: resource.metadata),
                    volume: sample.volume, timestamp: sample.timestamp)
            }
        }
        let publisher = try Make.gnocchi("gnocchi+http://h")
        let rounds = 50
        let start = clock()
        var payload = try #require(publisher.payloads(for: polled).first)
        for _ in 1..<rounds { payload = try #require(publisher.payloads(for: polled).first) }
        let encoded = clock()
        var measures: [UInt8] = []
        for _ in 0..<rounds { measures = try #require(GnocchiBatch(payload.body)).measures }
        let read = clock()
        func milliseconds(_ ticks: clock_t) -> Double {
            Double(ticks) / Double(CLOCKS_PER_SEC) * 1000 / Double(rounds) / Double(polled.count) * 1000
        }
        print(
            "GNOCCHI 1000 measures: \(milliseconds(encoded - start)) ms to encode, \(milliseconds(read - encoded)) ms to "
                + "read and post; of \(polled.count): \(payload.body.count) bytes, \(PackedPayload(payload).frame.count) on "
                + "the disk, \(measures.count) posted")
        #expect(payload.samples == polled.count)
    }
}
