import Compute
import Foundation
import Hypervisor
import Telemetry
import Testing

/// What the real Ceilometer 27.0.0 posted for a recording, against what Aerostat makes of it.
@Suite struct ConformanceTests {
    /// Suffixes of the domains for which `docs/differences.md` lists a difference.
    private enum Difference {
        /// The statistics hold the state only: Ceilometer sends `cpu` 0; a counter that nobody read is no sample.
        static let unreadCounter = "00000000000c"
        /// Gone, or without memory statistics, in Ceilometer's look-up: it lost what the statistics hold.
        static let lostByCeilometer = ["000000000010", "000000000011"]
        /// Two domains with a NIC of one name: Ceilometer mixes their deltas.
        static let mixedDeltas = ["000000000017", "000000000018"]
    }

    @Test func everySampleEqualsCeilometers() async throws {
        let recording = try Recording(json: fixture("edge.json"))
        let hypervisor = RecordedHypervisor(recording) { Timestamp(seconds: 1_763_834_400) }
        var rules = SampleRules(host: HostIdentity(host: "compute-1.example.org", sampleSource: "openstack"))
        rules.stalePolicy = .publish
        var poller = Poller(rules)
        var selection = MeterSelection(meters: MeterTable.names, rules: rules)
        for number in 0..<3 {
            let cycle = poller.poll(try await hypervisor.read(selection.groups), &selection)
            var ours: [String: NSDictionary] = [:]
            for sample in cycle.samples {
                var writer = JSONWriter()
                writer.sample(sample)
                let object = try #require(
                    try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [String: Any])
                let key = try key(object)
                #expect(ours[key] == nil, "twice: \(key)")
                ours[key] = comparable(object)
            }
            var matched = 0
            for line in try fixture("edge-cycle\(number).jsonl").split(separator: UInt8(ascii: "\n")) {
                let object = try #require(
                    try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
                let key = try key(object)
                if key.hasPrefix("cpu "), key.hasSuffix(Difference.unreadCounter) {
                    #expect(ours[key] == nil)
                    continue
                }
                if key.contains(".delta "), Difference.mixedDeltas.contains(where: key.contains) {
                    ours[key] = nil
                    continue
                }
                #expect(ours[key] == comparable(object), "cycle \(number): \(key)")
                ours[key] = nil
                matched += 1
            }
            #expect(matched > 600)
            for key in ours.keys {
                let isListed =
                    Difference.lostByCeilometer.contains(where: key.contains)
                    || (key.hasPrefix("disk.device.") && key.contains("00000000000d"))
                #expect(isListed, "cycle \(number): Ceilometer has no \(key)")
            }
        }
    }

    private func key(_ object: [String: Any]) throws -> String {
        let name = try #require(object["name"] as? String)
        let metadata = try #require(object["resource_metadata"] as? [String: Any])
        let resource = try #require(object["resource_id"] as? String)
        // A filter's name is the id of every NIC that it filters.
        return "\(name) \(metadata["instance_id"] ?? "") \(metadata["mac"] ?? "") \(resource)"
    }

    private func comparable(_ object: [String: Any]) -> NSDictionary {
        var object = object
        for volatile in ["id", "timestamp", "monotonic_time"] { object[volatile] = nil }
        return object as NSDictionary
    }
}

/// A file of this target's `Fixtures`.
func fixture(_ name: String) throws -> [UInt8] {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil))
    return [UInt8](try Data(contentsOf: url))
}
