import Compute
import Foundation
import Golden
import Hypervisor
import Telemetry
import Testing

/// `disk.device.capacity`, `.allocation` and `.usage` by the rules of virDomainGetBlockInfo, whose answers stand here as real
/// guests of libvirt 9.0 and QEMU 7.2 had them.
@Suite struct ImageSizeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var type: String
        var format: String?
        /// The bulk call: capacity, allocation, physical.
        var bulk: (Int128, Int128?, Int128?)
        /// virDomainGetBlockInfo at an earlier moment: capacity, allocation, physical.
        var earlier: (Int128, Int128, Int128)?
        /// What virDomainGetBlockInfo says now: the larger of capacity and physical, allocation, physical.
        var expected: [Int128]
        var path = "/d/vda"

        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "qcow2, fresh", type: "file", format: "qcow2", bulk: (1 << 30, 0, 200_704),
            earlier: (1 << 30, 200_704, 196_624), expected: [1 << 30, 200_704, 196_624]),
        Case(
            name: "qcow2, written since", type: "file", format: "qcow2", bulk: (1 << 30, 1_376_256, 1_314_816),
            earlier: (1 << 30, 200_704, 196_624), expected: [1 << 30, 1_314_816, 1_376_256]),
        Case(
            name: "qcow2, preallocated and written", type: "file", format: "qcow2",
            bulk: (8 << 20, 1_376_256, 8_716_288), earlier: (8 << 20, 8_716_288, 8_716_288),
            expected: [8_716_288, 8_716_288, 8_716_288]),
        Case(
            name: "qcow2, its length unknown", type: "file", format: "qcow2", bulk: (1 << 30, 1_376_256, 1_314_816),
            expected: [1 << 30, 1_314_816, 1_376_256]),
        Case(
            name: "raw, all of it a hole", type: "file", format: "raw", bulk: (64 << 20, 0, 64 << 20),
            earlier: (64 << 20, 0, 64 << 20), expected: [64 << 20, 0, 64 << 20]),
        Case(
            name: "raw, sparse, not written", type: "file", format: "raw", bulk: (64 << 20, 0, 4096),
            earlier: (64 << 20, 4096, 64 << 20), expected: [64 << 20, 4096, 64 << 20]),
        Case(
            name: "raw, sparse, written", type: "file", format: "raw", bulk: (64 << 20, 33 << 20, 1 << 20),
            earlier: (64 << 20, 0, 64 << 20), expected: [64 << 20, 33 << 20, 1 << 20]),
        Case(
            name: "raw, full, not written", type: "file", format: "raw", bulk: (1 << 20, 0, 1 << 20),
            earlier: (1 << 20, 1 << 20, 1 << 20), expected: [1 << 20, 1 << 20, 1 << 20]),
        Case(
            name: "raw, written to its end", type: "file", format: "raw", bulk: (1 << 20, 1 << 20, 1 << 20),
            earlier: (1 << 20, 0, 1 << 20), expected: [1 << 20, 1 << 20, 1 << 20]),
        Case(
            name: "an ISO, no whole number of blocks", type: "file", format: nil, bulk: (374_784, 0, 376_832),
            earlier: (374_784, 376_832, 374_784), expected: [374_784, 376_832, 374_784]),
        Case(
            name: "raw device, not written", type: "block", format: "raw", bulk: (10 << 30, 0, 10 << 30),
            earlier: (10 << 30, 0, 10 << 30), expected: [10 << 30, 0, 10 << 30]),
        Case(
            name: "raw device, not asked", type: "block", format: "raw", bulk: (10 << 30, 0, 10 << 30),
            expected: [10 << 30, 0, 10 << 30]),
        Case(
            name: "raw device, written", type: "block", format: "raw", bulk: (10 << 30, 5 << 20, 10 << 30),
            earlier: (10 << 30, 0, 10 << 30), expected: [10 << 30, 5 << 20, 10 << 30]),
        Case(
            name: "qcow2 on a device, written", type: "block", format: "qcow2", bulk: (20 << 30, 5 << 20, 10 << 30),
            earlier: (20 << 30, 0, 10 << 30), expected: [20 << 30, 5 << 20, 10 << 30]),
        Case(
            name: "qcow2 on a volume that is a device", type: "volume", format: "qcow2",
            bulk: (20 << 30, 5 << 20, 10 << 30), expected: [20 << 30, 5 << 20, 10 << 30], path: "/dev/vg/v"),
        Case(
            name: "qcow2 in a volume that is a file", type: "volume", format: "qcow2", bulk: (1 << 30, 0, 200_704),
            earlier: (1 << 30, 200_704, 196_624), expected: [1 << 30, 200_704, 196_624]),
        Case(
            name: "network, not written", type: "network", format: "raw", bulk: (10 << 30, 0, 3 << 30),
            earlier: (10 << 30, 3 << 30, 3 << 30), expected: [10 << 30, 3 << 30, 3 << 30]),
        Case(
            name: "network, its blocks unknown", type: "network", format: "raw", bulk: (10 << 30, 5 << 20, nil),
            earlier: (10 << 30, 0, 0), expected: [10 << 30, 5 << 20, 0]),
        Case(
            name: "network, its blocks unknown, not written", type: "network", format: "raw", bulk: (10 << 30, 0, nil),
            expected: [10 << 30, 0, 0]),
    ]

    private static let meters = ["disk.device.capacity", "disk.device.allocation", "disk.device.usage"]

    @Test(arguments: cases) func theFiguresAreBlockInfos(given: Case) {
        var stats = statistics(healthy)
        stats.set("block.0.name", .string("vda"))
        if given.type != "network" { stats.set("block.0.path", .string(given.path)) }
        (stats.blocks[0].capacity, stats.blocks[0].allocation, stats.blocks[0].physical) = given.bulk
        stats.blocks[0].earlierInfo = given.earlier.map { .init(capacity: $0.0, allocation: $0.1, physical: $0.2) }
        let driver = given.format.map { "<driver name='qemu' type='\($0)'/>" } ?? ""
        let domain = DomainXML.domain(
            devices: "<disk type='\(given.type)'>\(driver)<source file='/d/vda'/><target dev='vda'/></disk>")
        func volumes(_ stats: DomainStats, _ meters: [String]) -> [Volume?] {
            var poller = Poller(rules())
            var selection = MeterSelection(meters: meters, rules: rules())
            #expect(selection.groups.isSuperset(of: [.block, .blockInfo]))
            let cycle = poller.poll(
                Reading(
                    at: Timestamp(seconds: 1_000_000), host: nil,
                    domains: [DomainReading(domain: domain, stats: stats)],
                    calls: 1), &selection)
            return meters.map { cycle.volume($0) }
        }
        #expect(volumes(stats, Self.meters) == given.expected.map { .integer($0) })
        #expect(
            volumes(stats, ["disk.capacity", "disk.allocation", "disk.usage"]) == given.expected.map { .integer($0) })
        // What a recording holds stands above all.
        stats.blocks[0].info = .init(capacity: 1, allocation: 2, physical: 3)
        #expect(volumes(stats, Self.meters) == [3, 2, 3].map { .integer($0) })
    }

    /// libvirt names the disks of a guest that hangs, and no more.
    @Test(arguments: ["qcow2", "raw"]) func aGuestThatDoesNotAnswerHasNoSizes(format: String) {
        for type in ["file", "block", "network"] {
            var stats = statistics(["state.state": .integer(1), "block.0.name": .string("vda")])
            stats.blocks[0].earlierInfo = .init(capacity: 1, allocation: 2, physical: 3)
            let domain = DomainXML.domain(
                devices:
                    "<disk type='\(type)'><driver type='\(format)'/><source file='/d/vda'/><target dev='vda'/></disk>")
            var poller = Poller(rules())
            var selection = MeterSelection(meters: Self.meters, rules: rules())
            let reading = Reading(
                at: Timestamp(seconds: 1_000_000), host: nil, domains: [DomainReading(domain: domain, stats: stats)],
                calls: 1)
            #expect(poller.poll(reading, &selection).samples.isEmpty, "\(type)")
        }
    }

    /// A drive without a name is no disk, as in Ceilometer, and costs a sum nothing.
    @Test func aDiskWithoutANameIsNone() {
        let disk = "<disk type='file'><source file='/d/x'/><target dev='DEV'/></disk>"
        let cycle = poll(
            DomainXML.domain(devices: disk.replacing("DEV", with: "") + disk.replacing("DEV", with: "vda")),
            [
                "state.state": .integer(1), "block.0.name": .string("vda"), "block.0.capacity": .integer(7),
                "block.0.rd.bytes": .integer(5),
            ], meters: ["disk.device.read.bytes", "disk.capacity"])
        #expect(cycle.samples.map(\.volume) == [.integer(5), .integer(7)])
        #expect(cycle.instances.first?.missing.isEmpty == true)
    }

    /// `block_info` of a disk that the bulk call left out, and figures of all 64 bits.
    @Test func recordedBlockInfoStandsByItself() async throws {
        let devices =
            "<disk type='file'><source file='/d/a'/><target dev='vda'/></disk>"
            + "<disk type='file'><source file='/d/b'/><target dev='vdb'/></disk>"
        let xml = try #require(DomainXML.domain(nova: "", devices: devices).xml)
        let json = """
            {"format": "libvirt-recording", "version": 1, "cycles": [{"domains": [{"uuid": "\(DomainXML.uuid)", "name": "n",
            "id": 1, "xml": "\(xml)", "stats": {"state.state": 1, "block.0.name": "vdb", "block.0.capacity": 1}, "block_info":
            {"vda": {"capacity": 3221225472, "allocation": 2, "physical": 9223372036854775807},
            "vdb": {"capacity": 18446744073709551615, "allocation": 9223372036854775808, "physical": -1}}}]}]}
            """
        let hypervisor = RecordedHypervisor(try Recording(json: Array(json.utf8))) { Timestamp(seconds: 0) }
        let rules = rules { $0.unmanagedOwner = UnmanagedOwner(projectID: nil, userID: nil) }
        var poller = Poller(rules)
        var selection = MeterSelection(meters: Self.meters + ["disk.root.size"], rules: rules)
        let cycle = poller.poll(try await hypervisor.read(selection.groups), &selection)
        #expect(
            cycle.samples.map { "\($0.resource.id.suffix(4)) \($0.volume)" } == [
                "-vda 9223372036854775807", "-vdb 18446744073709551615", "-vda 2", "-vdb 9223372036854775808",
                "-vda 9223372036854775807", "0001 3",
            ])
        #expect(cycle.reason("disk.device.usage") == .negative(-1))
        #expect("\(MissingReason.negative(-1))" == "libvirt reported -1 (unknown)")
    }

    @Test func metersWithoutSizesNeedNoBlockInfo() {
        let reads = MeterSelection(meters: ["disk.device.read.bytes", "cpu"], rules: rules())
        #expect(!reads.groups.contains(.blockInfo))
    }

    /// A recording without `block_info`: a qcow2 file, a config drive, an rbd volume, devices and a raw file.
    @Test func recordedDisksWithoutBlockInfo() async throws {
        let recording = try Recording(json: Array(Data(contentsOf: GoldenRun.url("disks.json"))))
        let hypervisor = RecordedHypervisor(recording) { Timestamp(seconds: 0) }
        var poller = Poller(rules())
        var selection = MeterSelection(meters: ["disk.device.allocation"], rules: rules())
        let cycle = poller.poll(try await hypervisor.read(selection.groups), &selection)
        let volumes = cycle.samples.map { ($0.resource.id.suffix(3), $0.volume) }
        let expected: [Substring: Volume] = [
            "vda": .integer(1_285_488_640), "sda": .integer(491_520), "vdb": .integer(10 << 30),
            "vdc": .integer(2_147_549_184), "vdd": .integer(0), "vde": .integer(3_221_225_472),
        ]
        #expect(Dictionary(uniqueKeysWithValues: volumes) == expected)
    }
}
