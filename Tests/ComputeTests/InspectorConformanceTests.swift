import Compute
import Foundation
import Hypervisor
import Telemetry
import Testing

/// What Ceilometer's inspector read in libvirt's answers, against the samples that Aerostat makes of them.
@Suite struct InspectorConformanceTests {
    /// What `docs/differences.md` lists: the volume in the place of Ceilometer's; `nil` for none.
    private static let differences: [String: [String: Double?]] = [
        // 0 is what libvirt reads of a QEMU that is being killed.
        "zero values": ["memory.resident": nil],
        // A counter that nobody read is not 0.
        "cpu: empty stats": ["cpu": nil],
        // Whatever the bulk call holds is sent.
        "memoryStats not supported": ["power.state": 1, "vcpus": 1, "cpu": 11],
        "blockStatsFlags fails": [
            "disk.device.read.bytes vda": 2, "disk.device.read.requests vda": 1, "disk.device.write.bytes vda": 4,
            "disk.device.write.requests vda": 3,
        ],
        "blockStatsFlags without total times: KeyError": [
            "disk.device.read.bytes vda": 2, "disk.device.read.requests vda": 1, "disk.device.write.bytes vda": 4,
            "disk.device.write.requests vda": 3,
        ],
        // -1 is no count.
        "cpu time negative values": [
            "disk.device.read.bytes vda": nil, "disk.device.read.requests vda": nil,
            "disk.device.read.latency vda": nil, "disk.device.write.bytes vda": nil,
            "disk.device.write.requests vda": nil, "disk.device.write.latency vda": nil,
        ],
    ]

    @Test func everyDifferenceIsOfACase() throws {
        let cases = try InspectorCase.all()
        #expect(cases.count == 53)
        #expect(Set(Self.differences.keys).isSubset(of: cases.map(\.name)))
    }

    @Test(arguments: try InspectorCase.all())
    func everyValueEqualsCeilometers(recorded: InspectorCase) throws {
        let rules = rules {
            $0.stalePolicy = .publish
            $0.reportsStopped = recorded.reportsStopped
        }
        var poller = Poller(rules)
        var selection = MeterSelection(meters: recorded.meters.sorted(), rules: rules)
        var last: [Sample] = []
        for (stats, theirs) in zip(recorded.cycles, recorded.expected) {
            let reading = Reading(
                at: Timestamp(seconds: 1_000_000), host: nil,
                domains: [DomainReading(domain: recorded.domain, stats: stats)], calls: 1)
            last = poller.poll(reading, &selection).samples
            var expected = theirs
            for (meter, volume) in Self.differences[recorded.name] ?? [:] { expected[meter] = volume }
            let ours = last.map { sample in
                (sample.meter.name + (sample.device.map { " \($0)" } ?? ""), sample.volume.double)
            }
            #expect(try Dictionary(ours, uniquingKeysWith: { _, _ in throw Twice() }) == expected)
        }
        let bytes = last.filter { $0.meter.name == "network.incoming.bytes" }
        #expect(try bytes.map { try $0.interface } == recorded.interfaces)
    }

    private struct Twice: Error {}
}

extension Sample {
    fileprivate var device: String? {
        let field = meter.name.hasPrefix("disk.") ? "disk_name" : meter.name.hasPrefix("network.") ? "name" : nil
        guard let field, case .string(let device)? = resource.metadata[field] else { return nil }
        return device
    }

    /// What the sample says of its NIC.
    fileprivate var interface: String {
        get throws {
            let fields = InspectorCase.interfaceFields.map {
                MetadataValue.Field($0, resource.metadata[$0] ?? .string("absent"))
            }
            var writer = JSONWriter()
            writer.value(.object(fields))
            return try InspectorCase.json(JSONSerialization.jsonObject(with: Data(writer.bytes)))
        }
    }
}
