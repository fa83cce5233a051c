import Compute
import Foundation
import Golden
import Hypervisor
import Telemetry
import Testing

/// What the real Ceilometer 27.0.0 made of recordings, against what Aerostat makes of them.
@Suite struct ConformanceTests {
    @Test(arguments: ["edge", "odd"])
    func everySampleEqualsCeilometers(name: String) async throws {
        let golden = try name == "edge" ? GoldenRun.edge() : .odd()
        let recording = try Recording(json: [UInt8](Data(contentsOf: golden.recording)))
        let hypervisor = RecordedHypervisor(recording) { Timestamp(seconds: 1_763_834_400) }
        var rules = SampleRules(host: HostIdentity(host: "compute-1.example.org", sampleSource: "openstack"))
        rules.stalePolicy = .publish
        var poller = Poller(rules)
        var selection = MeterSelection(meters: MeterTable.names, rules: rules)
        var cycles: [[Data]] = []
        for _ in golden.expected {
            let cycle = poller.poll(try await hypervisor.read(selection.groups), &selection)
            cycles.append(
                cycle.samples.map { sample in
                    var writer = JSONWriter()
                    writer.sample(sample)
                    return Data(writer.bytes)
                })
        }
        let deviations = try golden.deviations(of: cycles)
        #expect(deviations.isEmpty, "\(deviations.count): \(deviations.prefix(3))")
        #expect(cycles.reduce(0) { $0 + $1.count } > (name == "edge" ? 2000 : 4000))
    }

    /// The comparison itself sees whatever is too many, too few or different.
    @Test func theComparisonSeesEveryDeviation() throws {
        let golden = try GoldenRun.edge()
        #expect(try golden.deviations(of: golden.expected).isEmpty)
        func deviations(_ change: (inout [[Data]]) throws -> Void) throws -> Int {
            var cycles = golden.expected
            try change(&cycles)
            return try golden.deviations(of: cycles).count
        }
        for cycle in 0..<3 {
            #expect(try deviations { $0[cycle].removeFirst() } == 1)
            #expect(try deviations { $0[cycle].removeLast() } == 1)
            #expect(try deviations { $0[cycle].append($0[cycle][7]) } == 1)
            #expect(try deviations { $0[cycle].append($0[(cycle + 1) % 3].removeFirst()) } == 2)
        }
        #expect(try deviations { $0.removeLast() } == 1)
        #expect(try deviations { $0.append([]) } == 1)
        let changes = [
            ("\"volume\":", "\"volume\":1"), ("\"unit\":\"", "\"unit\":\"x"), ("\"status\":\"", "\"status\":\"x"),
            ("\"user_name\":null", "\"user_name\":\"\""), ("\"image_ref_url\":null,", ""),
            ("\"vcpus\":2", "\"vcpus\":\"2\""), ("\"type\":\"", "\"more\":0,\"type\":\""),
        ]
        for (old, new) in changes {
            let changed = try deviations { cycles in
                let index = try #require(cycles[1].firstIndex { String(decoding: $0, as: UTF8.self).contains(old) })
                cycles[1][index] = Data(
                    String(decoding: cycles[1][index], as: UTF8.self).replacing(old, with: new).utf8)
            }
            #expect(changed == 2, "\(old)")
        }
    }
}
