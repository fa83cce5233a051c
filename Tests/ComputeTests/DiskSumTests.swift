import Compute
import Hypervisor
import Telemetry
import Testing

/// The meters of Ceilometer before release 12 that are sums over an instance's disks.
@Suite struct DiskSumTests {
    private static let devices = """
        <disk type='file'><source file='/a'/><target dev='vda'/></disk>\
        <disk type='file' device='cdrom'><target dev='hdc'/></disk>\
        <disk type='network'><source protocol='rbd'/><target dev='vdb'/></disk>
        """
    private static let values: [String: StatisticValue] = [
        "block.0.name": .string("vda"), "block.0.rd.bytes": .integer(1), "block.0.rd.reqs": .integer(10),
        "block.0.wr.bytes": .integer(100), "block.0.wr.reqs": .integer(1000), "block.0.capacity": .integer(5),
        "block.0.allocation": .integer(6), "block.0.physical": .integer(7), "block.2.name": .string("vdb"),
        "block.2.rd.bytes": .integer(2), "block.2.rd.reqs": .integer(20), "block.2.wr.bytes": .integer(200),
        "block.2.wr.reqs": .integer(2000), "block.2.capacity": .integer(50), "block.2.allocation": .integer(60),
        "block.2.physical": .integer(40),
    ]

    private func poll(_ values: [String: StatisticValue], devices: String = Self.devices) -> Cycle {
        ComputeTests.poll(
            DomainXML.domain(devices: devices), healthy.merging(values) { $1 }, meters: MeterTable.namesOnRequest)
    }

    @Test func theSumOfAllDisks() throws {
        let cycle = poll(Self.values)
        let expected: [String: Int128] = [
            "disk.read.bytes": 3, "disk.read.requests": 30, "disk.write.bytes": 300, "disk.write.requests": 3000,
            "disk.capacity": 57, "disk.allocation": 66, "disk.usage": 47,
        ]
        for (meter, sum) in expected { #expect(cycle.volume(meter) == .integer(sum), "\(meter)") }
        let sample = try #require(cycle.samples.first { $0.meter.name == "disk.read.bytes" })
        #expect(sample.resource.id == DomainXML.uuid)
        #expect(sample.resource.metadata["device"] == .array([.string("vda"), .string("vdb")]))
        #expect(sample.meter.type == .cumulative && sample.meter.unit == "B")
        #expect(cycle.samples.first { $0.meter.name == "disk.usage" }?.meter.type == .gauge)
    }

    /// A sum of some disks would look like one of all.
    @Test func oneDiskThatIsMissingCostsTheSum() {
        let cycle = poll(Self.values.filter { $0.key != "block.2.rd.bytes" })
        #expect(cycle.volume("disk.read.bytes") == nil)
        #expect(cycle.reason("disk.read.bytes") == .noStatistics("statistics of the disk"))
        #expect(cycle.volume("disk.read.requests") == .integer(30))
        #expect(poll([:], devices: "").reason("disk.read.bytes") == .noDisks)
    }

    @Test func noPatternSelectsThem() {
        #expect(Set(MeterTable.names).isDisjoint(with: MeterTable.namesOnRequest))
        #expect(MeterTable.names.count == 34)
        #expect(MeterTable.namesOnRequest.count == 9)
    }
}
