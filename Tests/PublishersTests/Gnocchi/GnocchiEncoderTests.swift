import Fuzzing
import Outbox
import Synchronization
import Telemetry
import Testing

@testable import Publishers

@Suite struct GnocchiEncoderTests {
    private final class Told: Sendable {
        let lines = Mutex<[String]>([])
    }

    private func encoder(_ maxMetrics: Int = 3000, told: Told = Told()) throws -> GnocchiEncoder {
        var files = PublisherFiles()
        _ = files.read(for: "gnocchi+http://h", at: nil)
        return GnocchiEncoder(definition: try #require(files.definition(nil)), maxMetrics: maxMetrics) { meter, _ in
            told.lines.withLock { $0.append(meter) }
        }
    }

    private func sample(
        _ meter: String = "cpu", unit: String = "ns", resource: Resource? = nil, volume: Volume = .integer(1),
        at seconds: Int64 = 1000
    ) -> Sample {
        Sample(
            id: SampleID(high: 1, low: 1), meter: Meter(name: meter, type: .gauge, unit: unit),
            resource: resource ?? self.resource("r"), volume: volume, timestamp: Timestamp(seconds: seconds))
    }

    private func resource(_ id: String, user: String? = "u", metadata: [MetadataValue.Field] = []) -> Resource {
        Resource(id: id, userID: user, projectID: "p", source: "openstack", metadata: Metadata(metadata))
    }

    @Test func pointsOfOneMetricStandTogether() throws {
        let payload = try #require(
            try encoder().payloads(for: [
                sample(at: 1000), sample("vcpus", unit: "vcpu"), sample(volume: .integer(2), at: 1060),
            ])
            .first)
        let batch = try #require(GnocchiBatch(payload.body))
        #expect(payload.samples == 3)
        #expect((payload.first, payload.last) == (Timestamp(seconds: 1000), Timestamp(seconds: 1060)))
        #expect(batch.resources.map(\.id) == ["r"])
        #expect(batch.resources[0].metrics.map(\.name) == ["cpu", "vcpus"])
        #expect(batch.resources[0].metrics.map(\.points) == [2, 1])
    }

    @Test func slashesBecomeUnderscores() throws {
        let payload = try #require(
            try encoder().payloads(for: [sample("disk.device.usage", unit: "B", resource: resource("r-/dev/vda"))])
                .first)
        #expect(try #require(GnocchiBatch(payload.body)).resources.map(\.id) == ["r-_dev_vda"])
    }

    @Test func whatWouldBeRefusedOrSpoilAnAggregateStays() throws {
        let told = Told()
        let samples = [
            sample(volume: .real(.nan)), sample(volume: .real(.infinity)), sample("no.such"), sample("no.such"),
            sample("vcpus", unit: String(repeating: "u", count: 32)), sample(resource: resource("")),
        ]
        #expect(try encoder(told: told).payloads(for: samples).isEmpty)
        #expect(told.lines.withLock { $0 } == ["no.such", "no.such", "vcpus"])
        #expect(try encoder().payloads(for: []).isEmpty)
    }

    /// Ceilometer's `sample_attributes`: what is null or absent is no attribute; user and project may be null.
    @Test func attributesAreTakenFromTheMetadata() throws {
        let metadata: [MetadataValue.Field] = [
            .init("host", .string("hash")), .init("instance_host", .string("compute-1")), .init("image_ref", .null),
            .init("flavor", .object([.init("id", .string("7")), .init("name", .string("m1"))])),
        ]
        let payload = try #require(
            try encoder().payloads(for: [sample(resource: resource("r", user: nil, metadata: metadata))]).first)
        let element = try #require(GnocchiBatch(payload.body)?.resources.first)
        #expect(
            try OrderedJSON.parse(Array(element.attributes)).sorted
                == OrderedJSON.parse(
                    Array(#"{"flavor_id":"7","flavor_name":"m1","host":"compute-1","project_id":"p"}"#.utf8)))
        #expect(Array(element.userID) == Array("null".utf8))
        let creation = try OrderedJSON.parse(element.creation)
        #expect(creation["id"] == .string("r") && creation["user_id"] == .null)
        #expect(creation["metrics"]?["cpu"]?["archive_policy_name"] == .string("ceilometer-low-rate"))
    }

    @Test func numbersKeepTheirDigits() throws {
        let volumes: [(Volume, String)] = [
            (.integer(9_007_199_254_740_993), "9007199254740993"),
            (
                .integer(18_446_744_073_709_551_615),
                "18446744073709551615"
            ), (.real(0.1), "0.1"), (.real(517.5), "517.5"), (.real(.leastNonzeroMagnitude), "5e-324"),
        ]
        for (volume, text) in volumes {
            let payload = try #require(try encoder().payloads(for: [sample(volume: volume)]).first)
            let batch = try #require(GnocchiBatch(payload.body))
            #expect(String(decoding: batch.measures, as: UTF8.self).contains("\"value\":\(text)}"))
        }
    }

    /// Whatever the samples are: payloads are within the bound, hold every sample once, in order, and halves hold what
    /// the whole held.
    @Test(arguments: 0..<40) func payloadsHoldEverySampleOnce(seed: Int) throws {
        var random = SplitMix(seed: seed)
        let meters = ["cpu", "vcpus", "memory", "memory.usage", "power.state", "disk.root.size"]
        let resources = (0..<Int.random(in: 1...12, using: &random)).map { resource("r\"\\/é\($0)") }
        let samples = (0..<Int.random(in: 1...300, using: &random)).map { index in
            sample(
                meters.randomElement(using: &random) ?? "cpu", unit: "u",
                resource: resources.randomElement(using: &random), volume: .integer(Int128(index)),
                at: Int64(1000 + index))
        }
        let bound = Int.random(in: 1...20, using: &random)
        let payloads = try encoder(bound).payloads(for: samples)
        var found: [String] = []
        for payload in payloads {
            let batch = try #require(GnocchiBatch(payload.body))
            #expect(batch.metricCount <= bound)
            #expect(try payload.samples == batch.points.count)
            #expect(batch.payload(first: payload.first, last: payload.last) == payload)
            found += try batch.points
            if let halves = GnocchiEncoder.split(payload) {
                #expect(halves.0.samples + halves.1.samples == payload.samples)
                let parts = try [halves.0, halves.1].flatMap { try #require(GnocchiBatch($0.body)).points }
                #expect(try parts == batch.points)
            } else {
                #expect(batch.metricCount == 1)
            }
        }
        let expected = samples.map {
            "\($0.resource.id.replacing("/", with: "_")) \($0.meter.name) \($0.timestamp) \($0.volume)"
        }
        #expect(found.sorted() == expected.sorted())
    }
}

extension GnocchiBatch {
    /// Every point: `id metric timestamp value`.
    var points: [String] {
        get throws {
            var points: [String] = []
            for resource in resources {
                for metric in resource.metrics {
                    let json = try OrderedJSON.parse(Array(metric.json))
                    for measure in json["measures"]?.elements ?? [] {
                        let value = measure["value"]?.integer.map { "\($0)" } ?? "?"
                        points.append("\(resource.id) \(metric.name) \(measure["timestamp"]?.text ?? "") \(value)")
                    }
                }
            }
            return points
        }
    }
}
