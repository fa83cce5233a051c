import Compute
import Hypervisor
import Keystone
@testable import Nova
import Telemetry
import Testing

/// What Nova and Keystone say of an instance changes its samples, and nothing else does.
@Suite struct CloudDiscoveryTests {
    private static let server = server(name: "web-by-nova")

    private static func server(name: String, metadata: [MetadataValue.Field] = []) -> NovaServer {
        NovaServer(
            id: DomainXML.uuid, name: name, userID: "nova-user", tenantID: "nova-project", hostID: "hash",
            host: .string("compute-1"), instanceName: .string("instance-0000002a"), status: "ACTIVE",
            vmState: .string("active"), taskState: .null, flavorID: "f-1", flavorName: "m1.tiny",
            flavorSizes: .init(vcpus: 2, ram: 512, disk: 7, ephemeral: 3),
            flavor: .object([.init("id", .string("f-1")), .init("name", .string("m1.tiny"))]),
            image: .object([.init("id", .string("i-1")), .init("name", .string("cirros"))]), imageID: "i-1",
            imageURL: "http://nova/images/i-1", imageMeta: [.init("base_image_ref", .string("i-1"))],
            properties: [.init("OS-EXT-AZ:availability_zone", .string("az1"))], metadata: metadata)
    }

    /// A poller's answers to a sequence of knowledge about one domain.
    private struct Host {
        var poller: Poller
        var selection: MeterSelection
        let domain: Domain
        var at: Int64 = 1_000_000

        init(_ domain: Domain, _ change: (inout SampleRules) -> Void) {
            let rules = rules(change)
            poller = Poller(rules)
            selection = MeterSelection(meters: ["vcpus", "disk.root.size"], rules: rules)
            self.domain = domain
        }

        private var reading: Reading {
            Reading(
                at: Timestamp(seconds: at), host: nil,
                domains: [DomainReading(domain: domain, stats: statistics(healthy))], calls: 1)
        }

        mutating func poll(_ knowledge: CloudKnowledge = CloudKnowledge()) -> Cycle {
            at += 10
            return poller.poll(reading, &selection, knowing: knowledge)
        }

        mutating func needs(_ knowledge: CloudKnowledge = CloudKnowledge()) -> CloudNeeds {
            poller.needs(of: reading, knowing: knowledge)
        }
    }

    private func listing(_ servers: [NovaServer], generation: Int, startedAt: Int64) -> CloudKnowledge {
        CloudKnowledge(
            nova: NovaKnowledge(
                generation: generation,
                listing: .init(
                    servers: Dictionary(uniqueKeysWithValues: servers.map { ($0.id, $0) }),
                    startedAt: Timestamp(seconds: startedAt))))
    }

    @Test func aListedServerIsWhatNovaSays() throws {
        var host = Host(DomainXML.domain()) { $0.usesNovaListing = true }
        let cycle = host.poll(
            listing(
                [Self.server(name: "n", metadata: [.init("metering.g", .string("x"))])], generation: 1, startedAt: 1))
        let sample = try #require(cycle.samples.first { $0.meter.name == "vcpus" })
        #expect(sample.resource.projectID == "nova-project")
        #expect(sample.resource.userID == "nova-user")
        #expect(cycle.volume("disk.root.size") == .integer(4))
        #expect(
            sample.resource.metadata.fields.map(\.name) == [
                "display_name", "name", "instance_id", "instance_type", "host", "instance_host", "flavor", "status",
                "state", "task_state", "image", "image_ref", "image_ref_url", "image_meta",
                "OS-EXT-AZ:availability_zone", "vcpus", "memory_mb", "disk_gb", "ephemeral_gb", "root_gb",
                "user_metadata",
            ])
        let expected: [String: MetadataValue] = [
            "display_name": .string("n"), "name": .string("instance-0000002a"), "instance_type": .string("m1.tiny"),
            "host": .string("hash"), "instance_host": .string("compute-1"), "status": .string("active"),
            "state": .string("active"), "task_state": .null, "image_ref": .string("i-1"), "vcpus": .integer(2),
            "memory_mb": .integer(512), "disk_gb": .integer(7), "ephemeral_gb": .integer(3), "root_gb": .integer(4),
            "user_metadata": .object([.init("g", .string("x"))]),
        ]
        for (name, value) in expected { #expect(sample.resource.metadata[name] == value, "\(name)") }
    }

    /// Nova need not be there, nor know a domain already, for it to have samples.
    @Test func untilTheListIsThereLibvirtsMetadataCounts() {
        var host = Host(DomainXML.domain()) { $0.usesNovaListing = true }
        func name(_ cycle: Cycle) -> String? { cycle.instances.first?.displayName }
        #expect(host.needs().nova.unlisted == [DomainXML.uuid])
        #expect(name(host.poll()) == "web")
        // A list that was begun before the domain appeared says nothing of it.
        #expect(name(host.poll(listing([], generation: 1, startedAt: 1_000_000))) == "web")
        // One that was begun after it does.
        let gone = host.poll(listing([], generation: 2, startedAt: 1_000_050))
        #expect(gone.samples.isEmpty)
        #expect(gone.news.map(\.problem) == [.notListed])
        #expect(host.poll(listing([], generation: 2, startedAt: 1_000_050)).news.isEmpty)
        let known = listing([Self.server], generation: 3, startedAt: 1_000_060)
        #expect(name(host.poll(known)) == "web-by-nova")
        #expect(host.needs(known).nova.unlisted.isEmpty)
    }

    /// The list's content need not have changed for it to say that a domain is not among the servers.
    @Test func aLaterListOfTheSameServersCountsToo() {
        var host = Host(DomainXML.domain()) { $0.usesNovaListing = true }
        #expect(host.poll(listing([], generation: 1, startedAt: 1_000_000)).samples.count == 2)
        #expect(host.poll(listing([], generation: 1, startedAt: 1_000_050)).samples.isEmpty)
    }

    /// A domain that appeared under a clock that was ahead is still decided about by the next list.
    @Test func aClockThatWasAheadPutsNoListOff() {
        var host = Host(DomainXML.domain()) { $0.usesNovaListing = true }
        host.at = 1_691_200
        #expect(host.poll().samples.count == 2)
        host.at = 1_000_000
        #expect(host.poll().samples.count == 2)
        #expect(host.poll(listing([], generation: 1, startedAt: 1_000_015)).samples.isEmpty)
    }

    /// Ceilometer's naive discovery needs nothing that Nova wrote into libvirt.
    @Test func aListedServerNeedsNoMetadataInLibvirt() {
        var host = Host(DomainXML.domain(nova: "", os: "<type>hvm</type>")) { $0.usesNovaListing = true }
        #expect(host.poll().news.map(\.problem) == [.noNovaMetadata])
        #expect(host.poll(listing([Self.server], generation: 1, startedAt: 1)).samples.count == 2)
    }

    @Test func metadataAndFlavorOfASingleServer() throws {
        let noID = DomainXML.nova.replacing(" id=\"2\"", with: "")
        var host = Host(DomainXML.domain(nova: noID)) {
            $0.fetchesExtraMetadata = true
            $0.asksForFlavorIDs = true
        }
        func flavorID(_ cycle: Cycle) -> MetadataValue? {
            guard case .object(let flavor)? = cycle.samples.first?.resource.metadata["flavor"] else { return nil }
            return flavor.first { $0.name == "id" }?.value
        }
        let needs = host.needs()
        #expect(needs.nova.servers == [DomainXML.uuid])
        #expect(needs.nova.flavorNames == ["m1"])
        #expect(flavorID(host.poll()) == .string("m1"))
        let byName = NovaKnowledge(generation: 1, flavorIDs: ["m1": "by-name"])
        #expect(flavorID(host.poll(CloudKnowledge(nova: byName))) == .string("by-name"))
        let server = ServerDetails(
            metadata: [.init("metering.server_group", .string("group1"))], flavorID: "f-1")
        let found = NovaKnowledge(
            generation: 2, flavorIDs: ["m1": "by-name"], servers: [DomainXML.uuid: .found(server)])
        let cycle = host.poll(CloudKnowledge(nova: found))
        // Ceilometer takes the server's, if it has it.
        #expect(flavorID(cycle) == .string("f-1"))
        #expect(
            cycle.samples.first?.resource.metadata["user_metadata"]
                == .object([.init("server_group", .string("group1"))]))
        #expect(cycle.instances.first?.displayName == "web")
        let unknown = NovaKnowledge(generation: 3, servers: [DomainXML.uuid: .unknown])
        let without = host.poll(CloudKnowledge(nova: unknown))
        #expect(flavorID(without) == .string("m1"))
        #expect(without.samples.first?.resource.metadata["user_metadata"] == nil)
    }

    @Test func anIDInLibvirtIsNotAskedFor() {
        var host = Host(DomainXML.domain()) { $0.asksForFlavorIDs = true }
        #expect(host.needs() == CloudNeeds())
        var silent = Host(DomainXML.domain(nova: DomainXML.nova.replacing(" id=\"2\"", with: ""))) { _ in }
        #expect(silent.needs() == CloudNeeds())
    }

    @Test func namesOfUsersAndProjects() throws {
        var host = Host(DomainXML.domain()) { $0.wantsIdentityNames = true }
        let needs = host.needs()
        #expect(needs.users == ["u"])
        #expect(needs.projects == ["p"])
        #expect(host.poll().samples.first?.resource.userName == nil)
        let names = IdentityNames(generation: 1, users: ["u": "alice"], projects: ["p": "demo"])
        let resource = try #require(host.poll(CloudKnowledge(names: names)).samples.first?.resource)
        #expect(resource.userName == "alice")
        #expect(resource.projectName == "demo")
    }

    /// A resource is encoded once for as long as nothing of it changes, whatever else is learnt.
    @Test func whatDoesNotConcernAnInstanceCostsItNothing() throws {
        var host = Host(DomainXML.domain()) { $0.wantsIdentityNames = true }
        func resource(_ generation: Int, _ users: [String: String]) throws -> Resource {
            let names = IdentityNames(generation: generation, users: users)
            return try #require(host.poll(CloudKnowledge(names: names)).samples.first).resource
        }
        let first = try resource(1, ["u": "alice"])
        #expect(try resource(2, ["u": "alice", "other": "bob"]) === first)
        #expect(try resource(3, ["u": "alicia"]) !== first)
    }
}
