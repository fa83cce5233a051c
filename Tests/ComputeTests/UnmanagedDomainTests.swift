import Compute
import Hypervisor
import Telemetry
import Testing

/// `[compute] unmanaged_domains`: domains without Nova's metadata are instances, too.
@Suite struct UnmanagedDomainTests {
    private static let disks = """
        <disk type='file'><source file='/a'/><target dev='vda'/></disk>\
        <disk type='file'><source file='/b'/><target dev='vdb'/></disk>
        """
    private static let sizes: [String: StatisticValue] = [
        "block.0.name": .string("vda"), "block.0.capacity": .integer(3 << 29), "block.1.name": .string("vdb"),
        "block.1.capacity": .integer(2 << 30),
    ]
    private static let domain = DomainXML.domain(
        nova: "", devices: disks, name: "db-1",
        head: "<title>The database</title><memory unit='KiB'>2097152</memory><vcpu placement='static'>4</vcpu>")

    private func poll(
        _ domain: Domain, _ values: [String: StatisticValue] = Self.sizes, owner: UnmanagedOwner?
    ) -> Cycle {
        ComputeTests.poll(domain, healthy.merging(values) { $1 }, rules: { $0.unmanagedOwner = owner })
    }

    @Test func theyAreNoInstancesByDefault() {
        let cycle = poll(Self.domain, owner: nil)
        #expect(cycle.samples.isEmpty)
        #expect(cycle.news.map(\.problem) == [.noNovaMetadata])
    }

    @Test func nameAndSizesAreTheDomainsOwn() throws {
        let cycle = poll(Self.domain, owner: UnmanagedOwner(projectID: "kvm", userID: "root"))
        #expect(cycle.news.isEmpty)
        let sample = try #require(cycle.samples.first { $0.meter.name == "memory.usage" })
        #expect(sample.resource.projectID == "kvm")
        #expect(sample.resource.userID == "root")
        let metadata = sample.resource.metadata
        let expected: [String: MetadataValue] = [
            "display_name": .string("The database"), "name": .string("db-1"), "instance_type": .string("unmanaged"),
            "vcpus": .integer(4), "memory_mb": .integer(2048), "disk_gb": .integer(4), "root_gb": .integer(2),
            "ephemeral_gb": .integer(2), "status": .string("active"), "state": .string("running"), "image": .null,
            "architecture": .string("x86_64"),
        ]
        for (name, value) in expected { #expect(metadata[name] == value, "\(name)") }
        #expect(cycle.volume("disk.root.size") == .real(1.5))
        #expect(cycle.volume("disk.ephemeral.size") == .integer(2))
        // All that Nova's instances have, in the same places.
        let nova = try #require(ComputeTests.poll(DomainXML.domain(), healthy).samples.first).resource.metadata
        #expect(Set(metadata.fields.map(\.name)) == Set(nova.fields.map(\.name)))
    }

    @Test func withoutTitleAndOwner() throws {
        let plain = DomainXML.domain(nova: "", name: "db-1")
        let cycle = poll(plain, [:], owner: UnmanagedOwner(projectID: nil, userID: nil))
        let sample = try #require(cycle.samples.first)
        #expect(sample.resource.projectID == nil)
        #expect(sample.resource.userID == nil)
        #expect(sample.resource.metadata["display_name"] == .string("db-1"))
        // It has no disk, and 0 GiB in none.
        #expect(cycle.volume("disk.root.size") == .integer(0))
    }

    @Test func sizesThatNobodySentAreMissing() {
        let cycle = poll(Self.domain, [:], owner: UnmanagedOwner(projectID: nil, userID: nil))
        #expect(cycle.reason("disk.root.size") == .noFlavor)
    }

    /// A later poll that needs no disks' statistics must not change the metadata.
    @Test func sizesOnceSeenStay() throws {
        let rules = rules { $0.unmanagedOwner = UnmanagedOwner(projectID: nil, userID: nil) }
        var poller = Poller(rules)
        var selection = MeterSelection(meters: ["vcpus"], rules: rules)
        func disk(_ values: [String: StatisticValue]) throws -> MetadataValue? {
            let reading = DomainReading(domain: Self.domain, stats: statistics(healthy.merging(values) { $1 }))
            let cycle = poller.poll(
                Reading(at: Timestamp(seconds: 1_000_000), host: nil, domains: [reading], calls: 1), &selection)
            return try #require(cycle.samples.first).resource.metadata["disk_gb"]
        }
        #expect(try disk([:]) == .integer(0))
        #expect(try disk(Self.sizes) == .integer(4))
        #expect(try disk([:]) == .integer(4))
        #expect(try disk(["block.0.name": .string("vda"), "block.0.capacity": .integer(5 << 30)]) == .integer(5))
    }

    /// libvirt makes up another name for a NIC with each start; its resource stays the same.
    @Test func aNICKeepsItsIDOverARestart() {
        func ids(_ devices: [String], filter: String = "") -> [String] {
            let macs = ["52:54:00:00:00:01", "52:54:00:00:00:02", "52:54:00:00:00:02"]
            let nics = zip(macs, devices).map {
                "<interface type='network'><mac address='\($0)'/><target dev='\($1)'/>\(filter)</interface>"
            }
            var values: [String: StatisticValue] = ["state.state": .integer(1)]
            for (index, device) in devices.enumerated() {
                values["net.\(index).name"] = .string(device)
                values["net.\(index).rx.bytes"] = .integer(1)
            }
            let cycle = ComputeTests.poll(
                DomainXML.domain(nova: "", devices: nics.joined(), name: "db"), values,
                meters: ["network.incoming.bytes"],
                rules: { $0.unmanagedOwner = UnmanagedOwner(projectID: nil, userID: nil) })
            #expect(cycle.samples.map { $0.resource.metadata["vnic_name"] } == devices.map { .string($0) })
            return cycle.samples.map(\.resource.id)
        }
        let before = ids(["vnet0", "vnet1", "vnet2"])
        #expect(Set(before).count == 3)
        #expect(before[0] == "db-\(DomainXML.uuid)-52:54:00:00:00:01")
        #expect(ids(["vnet7", "vnet3", "macvtap0"], filter: "<filterref filter='clean-traffic'/>") == before)
        // A name that somebody chose stays, and tells more.
        #expect(ids(["lan0"]) == ["db-\(DomainXML.uuid)-lan0"])
    }

    /// Nova's instances keep Ceilometer's ids.
    @Test func aFilterNamesTheNICOfAnInstanceOfNovas() throws {
        let nic =
            "<interface type='bridge'><mac address='fa:16:3e:00:00:01'/><target dev='vnet0'/><filterref filter='f'/></interface>"
        let sample = try #require(
            ComputeTests.poll(
                DomainXML.domain(devices: nic),
                ["state.state": .integer(1), "net.0.name": .string("vnet0"), "net.0.rx.bytes": .integer(1)],
                meters: ["network.incoming.bytes"]
            ).samples.first)
        #expect(sample.resource.id == "f")
        #expect(sample.resource.metadata["vnic_name"] == .string("f"))
    }

    @Test func theFlavorsMetersNeedTheDisksThen() {
        let rules = rules { $0.unmanagedOwner = UnmanagedOwner(projectID: nil, userID: nil) }
        #expect(MeterSelection(meters: ["disk.root.size"], rules: rules).groups == [.state, .block])
        #expect(MeterSelection(meters: ["disk.root.size"], rules: ComputeTests.rules()).groups == .state)
    }

    /// A block of Nova's that is broken is told: it is no plain domain.
    @Test func aBrokenInstanceOfNovasIsNone() {
        let broken = DomainXML.domain(nova: DomainXML.nova.replacing("<nova:name>web</nova:name>", with: ""))
        let cycle = poll(broken, owner: UnmanagedOwner(projectID: nil, userID: nil))
        #expect(cycle.samples.isEmpty)
        #expect(cycle.news.count == 1)
    }
}
