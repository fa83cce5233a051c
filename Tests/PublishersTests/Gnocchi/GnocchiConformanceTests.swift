import Outbox
import Telemetry
import TestServers
import Testing

@testable import Publishers

/// The same samples lead to the same requests as Ceilometer's, as JSON values.
@Suite(.timeLimit(.minutes(1)))
struct GnocchiConformanceTests {
    /// Bodies by method and path; several of one path in any order.
    private func bodies(_ requests: [GnocchiGolden.Request]) -> [String: [MetadataValue]] {
        Dictionary(grouping: requests) { "\($0.method) \($0.path.lowercased())" }
            .mapValues { $0.map(\.body.sorted).sorted { "\($0)" < "\($1)" } }
    }

    private func sent(_ gnocchi: FakeGnocchi, from start: Int = 0) throws -> [String: [MetadataValue]] {
        bodies(
            try gnocchi.requests[start...].map { request in
                let words = request.line.split(separator: " ")
                let body = try OrderedJSON.parse(request.body)
                // Ceilometer leaves the metrics to the batch, where creating many takes longer than a request may.
                let isCreation = request.line.hasPrefix("POST /v1/resource/")
                return GnocchiGolden.Request(
                    method: String(words[0]), path: String(words[1]), body: isCreation ? body.without("metrics") : body)
            })
    }

    @Test func firstSecondAndThirdPublish() async throws {
        let golden = try GnocchiGolden()
        let gnocchi = try FakeGnocchi()
        let bench = try GnocchiBench(gnocchi)
        var done = 0
        let cycles = [
            golden.samples, try golden.samples(at: "2026-11-22T18:47:26.072568"),
            try golden.samples(at: "2026-11-22T18:47:36.072568", changing: ("display_name", "renamed")),
        ]
        for (step, samples) in cycles.enumerated() {
            let payloads = Array(bench.publisher.payloads(for: samples))
            #expect(payloads.map(\.samples) == [samples.count])
            #expect(try await bench.deliverAll(payloads).isEmpty)
            let expected = bodies(golden.steps[step])
            let found = try sent(gnocchi, from: done)
            #expect(Set(found.keys) == Set(expected.keys), "step \(step)")
            for (line, body) in expected { #expect(found[line] == body, "step \(step): \(line)") }
            done = gnocchi.requests.count
        }
        #expect(gnocchi.points.count == 3 * golden.samples.count)
        #expect(bench.notices.isEmpty)
    }

    @Test func oneArchivePolicyForAll() async throws {
        let golden = try GnocchiGolden()
        let gnocchi = try FakeGnocchi()
        gnocchi.change { $0.policies.insert("high") }
        let bench = try GnocchiBench(gnocchi, parameters: "&archive_policy=high&enable_filter_project=false")
        let payloads = Array(bench.publisher.payloads(for: try golden.samples(at: "2026-11-22T18:47:46.072568")))
        #expect(try await bench.deliverAll(payloads).isEmpty)
        let batch = "POST /v1/batch/resources/metrics/measures?create_metrics=true"
        #expect(try sent(gnocchi)[batch]?.last == bodies(golden.steps[4])[batch]?.last)
    }

    @Test func resourceTypesAreThoseOfCeilometerUpgrade() throws {
        let golden = try GnocchiGolden()
        for type in golden.types {
            let own = try #require(ResourceType.ofCompute.first { $0.name == type["name"]?.text })
            #expect(try OrderedJSON.parse(own.json).sorted == type.without("state").sorted)
        }
        #expect(golden.types.count == ResourceType.ofCompute.count)
    }
}
