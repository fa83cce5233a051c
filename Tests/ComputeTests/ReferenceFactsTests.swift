import Compute
import Hypervisor
import Telemetry
import Testing

/// What Ceilometer's own unit tests of its libvirt inspector, its pollsters and its discovery fix, restated.
@Suite struct ReferenceFactsTests {
    struct Inspection: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let stats: [String: StatisticValue]
        let volumes: [String: Volume?]
    }

    /// The figures of libvirt as the bulk call has them, with KiB for memory.
    private static func stats(_ numbers: [String: Int128]) -> [String: StatisticValue] {
        numbers.mapValues(StatisticValue.integer)
    }

    private static let vcpus: [String: Int128] = [
        "cpu.time": 999_999, "vcpu.maximum": 4, "vcpu.current": 2, "vcpu.0.time": 10_000, "vcpu.0.wait": 10_000,
        "vcpu.2.time": 10_000, "vcpu.2.wait": 10_000,
    ]
    private static let perf: [String: Int128] = [
        "perf.cpu_cycles": 7_259_361, "perf.instructions": 8_815_623, "perf.cache_references": 74_184,
        "perf.cache_misses": 16_737,
    ]

    static let inspections = [
        Inspection(
            testDescription: "every figure, no usable memory",
            stats: stats(
                [
                    "state.state": 0, "balloon.current": 54_400, "balloon.available": 51_200, "balloon.unused": 25_600,
                    "balloon.rss": 30_000, "balloon.swap_in": 5120, "balloon.swap_out": 8192,
                ].merging(vcpus) { $1 }.merging(perf) { $1 }),
            volumes: [
                "power.state": .integer(0), "vcpus": .integer(2), "cpu": .integer(40_000), "memory": .real(53.125),
                "memory.available": .real(50), "memory.usage": .real(25), "memory.resident": .real(29.296875),
                "memory.swap.in": .real(5), "memory.swap.out": .real(8), "perf.cpu.cycles": .integer(7_259_361),
                "perf.instructions": .integer(8_815_623), "perf.cache.references": .integer(74_184),
                "perf.cache.misses": .integer(16_737),
            ]),
        Inspection(
            testDescription: "no time of waiting",
            stats: stats([
                "state.state": 1, "vcpu.current": 2, "vcpu.maximum": 4, "vcpu.0.time": 10_000, "vcpu.1.time": 10_000,
                "cpu.time": 999_999,
            ]),
            volumes: ["vcpus": .integer(2), "cpu": .integer(999_999)]),
        Inspection(
            testDescription: "usable memory comes before unused",
            stats: stats([
                "state.state": 1, "balloon.current": 80_000, "balloon.available": 76_800, "balloon.unused": 25_600,
                "balloon.usable": 51_200, "balloon.rss": 30_000, "balloon.swap_in": 5120, "balloon.swap_out": 8192,
            ]),
            volumes: ["memory": .real(78.125), "memory.available": .real(75), "memory.usage": .real(25)]),
        Inspection(
            testDescription: "nothing",
            stats: stats(["state.state": 1]),
            volumes: [
                "memory": nil, "memory.usage": nil, "memory.available": nil, "memory.resident": nil,
                "memory.swap.in": nil, "memory.swap.out": nil, "perf.cpu.cycles": nil, "perf.instructions": nil,
                "perf.cache.references": nil, "perf.cache.misses": nil,
            ]),
        Inspection(
            testDescription: "shut off",
            stats: stats(["state.state": 5, "balloon.current": 80_000].merging(vcpus) { $1 }),
            volumes: ["power.state": nil, "vcpus": nil, "cpu": nil, "memory": nil, "disk.root.size": .integer(15)]),
    ]

    @Test(arguments: inspections)
    func inspectedValues(inspection: Inspection) {
        let cycle = poll(DomainXML.domain(), inspection.stats, policy: .publish)
        for (meter, volume) in inspection.volumes { #expect(cycle.volume(meter) == volume, "\(meter)") }
    }

    private static let disk = "<disk type='file'><source file='/d'/><target dev='vda'/></disk>"

    /// libvirt's tuples in the order of virDomainBlockStats, its total times, and virDomainGetBlockInfo.
    @Test func disks() {
        let cycle = poll(
            DomainXML.domain(devices: Self.disk + "<disk type='file'><target dev='hdc'/></disk>"),
            Self.stats([
                "state.state": 1, "block.0.rd.reqs": 1, "block.0.rd.bytes": 2, "block.0.wr.reqs": 3,
                "block.0.wr.bytes": 4, "block.0.rd.times": 29_142_253_616, "block.0.wr.times": 91_752_302_267,
            ]).merging(["block.0.name": .string("vda"), "block.1.name": .string("hdc")]) { $1 })
        let volumes = [
            "read.requests": 1, "read.bytes": 2, "write.requests": 3, "write.bytes": 4, "read.latency": 29_142_253_616,
            "write.latency": 91_752_302_267,
        ]
        for (meter, volume) in volumes {
            #expect(cycle.volume("disk.device.\(meter)") == .integer(Int128(volume)), "\(meter)")
        }
        let disks = cycle.samples.filter { $0.meter.name.hasPrefix("disk.device.") }
        #expect(disks.count == volumes.count)
        #expect(disks.allSatisfy { $0.resource.id == "\(DomainXML.uuid)-vda" })
        #expect(disks.allSatisfy { $0.resource.metadata["disk_name"] == .string("vda") })
    }

    @Test(
        arguments: [
            (1, 2, 3, 3), (10_737_418_240, 2_147_483_648, 3_221_225_472, 10_737_418_240),
        ] as [(Int128, Int128, Int128, Int128)])
    func diskSizes(capacity: Int128, allocation: Int128, physical: Int128, expected: Int128) {
        let cycle = poll(
            DomainXML.domain(devices: Self.disk.replacing("file='/d'", with: "protocol='rbd' name='p/v'")),
            Self.stats([
                "state.state": 1, "block.0.capacity": capacity, "block.0.allocation": allocation,
                "block.0.physical": physical,
            ]).merging(["block.0.name": .string("vda")]) { $1 })
        #expect(cycle.volume("disk.device.capacity") == .integer(expected))
        #expect(cycle.volume("disk.device.allocation") == .integer(allocation))
        #expect(cycle.volume("disk.device.usage") == .integer(physical))
    }

    /// libvirt's tuple in the order of virDomainInterfaceStats.
    @Test func interfaces() {
        let devices = """
            <interface type='bridge'><mac address='fa:16:3e:71:ec:6d'/><source bridge='qbr420008b3-7c'/>\
            <target dev='vnet0'/></interface>\
            <interface type='bridge'><mac address='fa:16:3e:71:ec:6e'/><target dev='vnet1'/>\
            <filterref filter='nova-i'><parameter name='DHCPSERVER' value='10.0.0.2'/></filterref></interface>\
            <interface type='bridge'><mac address='fa:16:3e:71:ec:6f'/></interface>\
            <interface type='bridge'><target dev='vnet3'/></interface>
            """
        var values = Self.stats(["state.state": 1])
        for (nic, name) in ["vnet0", "vnet1", "vnet3"].enumerated() {
            values["net.\(nic).name"] = .string(name)
            for (figure, number) in zip(
                ["rx.bytes", "rx.pkts", "rx.errs", "rx.drop", "tx.bytes", "tx.pkts", "tx.errs", "tx.drop"],
                [1, 2, 21, 22, 3, 4, 23, 24] as [Int128])
            {
                values["net.\(nic).\(figure)"] = .integer(number + Int128(100 * nic))
            }
        }
        let cycle = poll(DomainXML.domain(devices: devices), values)
        let volumes: [String: Int128] = [
            "incoming.bytes": 1, "incoming.packets": 2, "incoming.packets.error": 21, "incoming.packets.drop": 22,
            "outgoing.bytes": 3, "outgoing.packets": 4, "outgoing.packets.error": 23, "outgoing.packets.drop": 24,
        ]
        let nics = cycle.samples.filter { $0.meter.name.hasPrefix("network.") && $0.meter.type == .cumulative }
        #expect(nics.count == 2 * volumes.count)
        for sample in nics {
            let isFirst = sample.resource.metadata["name"] == .string("vnet0")
            let volume = volumes[String(sample.meter.name.dropFirst("network.".count))]
            #expect(sample.volume == volume.map { .integer($0 + (isFirst ? 0 : 100)) }, "\(sample.meter.name)")
            let id = isFirst ? "instance-00000001-\(DomainXML.uuid)-vnet0" : "nova-i"
            #expect(sample.resource.id == id)
            #expect(sample.resource.metadata["fref"] == (isFirst ? .null : .string("nova-i")))
            #expect(sample.resource.metadata["vnic_name"] == .string(isFirst ? "vnet0" : "nova-i"))
            let parameters: [MetadataValue.Field] =
                isFirst
                ? [.init("interfaceid", .null), .init("bridge", .string("qbr420008b3-7c"))]
                : [
                    .init("dhcpserver", .string("10.0.0.2")), .init("interfaceid", .null), .init("bridge", .null),
                ]
            #expect(sample.resource.metadata["parameters"] == .object(parameters))
        }
    }

    /// N instances and M figures are N × M samples.
    @Test func everyInstanceOnce() {
        var stats = DomainStats()
        for (name, value) in healthy.sorted(by: { $0.key < $1.key }) { stats.set(name, value) }
        let domains = (0..<7).map { (number: Int) -> DomainReading in
            let uuid = "6e7c0001-0000-4000-8000-00000000000\(number)"
            let domain = Domain(uuid: uuid, name: "i\(number)", id: number, xml: DomainXML.domain().xml ?? "")
            return DomainReading(domain: domain, stats: stats)
        }
        var poller = Poller(rules())
        var selection = MeterSelection(
            meters: ["cpu", "memory.usage", "power.state", "disk.root.size"], rules: rules())
        let samples = poller.poll(
            Reading(at: Timestamp(seconds: 1_000_000), host: nil, domains: domains, calls: 1), &selection
        ).samples
        #expect(samples.count == 28)
        #expect(Set(samples.map { "\($0.meter.name) \($0.resource.id)" }).count == 28)
    }

    // MARK: - discovery and metadata

    private func discovered(_ nova: String, host: String = "test") -> Metadata? {
        var stats = DomainStats()
        stats.set("state.state", .integer(1))
        let rules = SampleRules(host: HostIdentity(host: host, sampleSource: "openstack"))
        var poller = Poller(rules)
        var selection = MeterSelection(meters: ["power.state"], rules: rules)
        let reading = DomainReading(domain: DomainXML.domain(nova: nova), stats: stats)
        return poller.poll(
            Reading(at: Timestamp(seconds: 1), host: nil, domains: [reading], calls: 1), &selection
        ).samples.first?.resource.metadata
    }

    @Test func anInstancesMetadata() throws {
        let project = "d99c829753f64057bc0f2030da309943"
        let metadata = try #require(
            discovered(DomainXML.nova.replacing("project uuid=\"p\"", with: "project uuid=\"\(project)\"")))
        let expected: [(String, MetadataValue?)] = [
            ("host", .string("4d0bc931ea7f0513da2efd9acb4cf3a273c64b7bcc544e15c070e662")),
            ("instance_host", .string("test")), ("instance_id", .string(DomainXML.uuid)),
            ("display_name", .string("web")), ("name", .string("instance-00000001")), ("status", .string("active")),
            ("state", .string("running")), ("task_state", .string("")), ("os_type", .string("hvm")),
            ("architecture", .string("x86_64")), ("instance_type", .string("m1")), ("image", .null),
            ("image_ref", .null), ("image_ref_url", .null), ("image_meta", nil), ("disk_gb", .integer(20)),
            ("ephemeral_gb", .integer(5)), ("root_gb", .integer(15)),
        ]
        for (name, value) in expected { #expect(metadata[name] == value, "\(name)") }
    }

    @Test(
        arguments: [
            ("", "", nil, nil),
            ("<nova:extraSpecs></nova:extraSpecs>", "", [], nil),
            (
                "<nova:extraSpecs><nova:extraSpec name=\"hw_rng:allowed\">true</nova:extraSpec></nova:extraSpecs>", "",
                [("hw_rng:allowed", "true")], nil
            ),
            ("", "<nova:image uuid=\"\"><nova:properties/></nova:image>", nil, [("base_image_ref", "")]),
            (
                "",
                "<nova:image uuid=\"\"><nova:properties><nova:property name=\"os\">x</nova:property></nova:properties></nova:image>",
                nil, [("base_image_ref", ""), ("os", "x")]
            ),
            (
                "",
                "<nova:image uuid=\"i\"><nova:containerFormat>bare</nova:containerFormat><nova:diskFormat>raw</nova:diskFormat>"
                    + "<nova:minDisk>1</nova:minDisk><nova:minRam>0</nova:minRam></nova:image>", nil,
                [
                    ("base_image_ref", "i"), ("container_format", "bare"), ("disk_format", "raw"), ("min_disk", "1"),
                    ("min_ram", "0"),
                ]
            ),
        ] as [(String, String, [(String, String)]?, [(String, String)]?)])
    func flavorAndImage(
        specs: String, image: String, extraSpecs: [(String, String)]?, imageMeta: [(String, String)]?
    ) throws {
        let nova = DomainXML.nova.replacing("</nova:flavor>", with: "\(specs)</nova:flavor>\(image)")
        let metadata = try #require(discovered(nova))
        func object(_ pairs: [(String, String)]?) -> MetadataValue? {
            pairs.map { .object($0.map { .init($0.0, .string($0.1)) }) }
        }
        guard case .object(let flavor)? = metadata["flavor"] else {
            Issue.record("no flavor")
            return
        }
        #expect(flavor.first { $0.name == "extra_specs" }?.value == object(extraSpecs))
        #expect(metadata["image_meta"] == object(imageMeta))
        #expect(metadata["image"] == .null)
    }
}
