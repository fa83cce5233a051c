import Keystone
import Synchronization
import Telemetry
import TestServers
import Testing
import Transfer

@testable import Nova

/// Against the Nova of Tests/TestBed/nova.sh, with 25 servers each on compute-1 and compute-2. One test after the other:
/// they change what is there.
@Suite(
    .enabled(if: TestBedScript.variable("AEROSTAT_TEST_NOVA") != nil), .serialized, .timeLimit(.minutes(3)))
struct RealNovaTests {
    private static let patience = Duration.seconds(60)
    private let clock = ManualClock()
    private let client: NovaClient
    private let session: KeystoneSession
    private let script: TestBedScript
    private let told: AsyncStream<ServiceCondition>
    private let tell: AsyncStream<ServiceCondition>.Continuation

    init() throws {
        script = try #require(TestBedScript("nova.sh"))
        let domain = KeystoneCredentials.Domain.name("Default")
        var credentials = KeystoneCredentials(
            authURL: try #require(TestBedScript.variable("AEROSTAT_TEST_KEYSTONE")),
            method: .password(
                .name("ceilometer", domain: domain), password: "ceilometer",
                scope: .projectName("service", domain: domain)))
        credentials.timeout = .seconds(20)
        session = KeystoneSession(
            credentials, transfer: Transfer(), userAgent: "aerostat-tests", now: { [clock] in clock.now })
        client = NovaClient(session: session)
        (told, tell) = AsyncStream.makeStream()
    }

    private func directory(host: String?, interval: Duration = .zero) -> ServerDirectory {
        var settings = DirectorySettings()
        settings.listedHost = host
        settings.updateInterval = interval
        return ServerDirectory(
            nova: client, settings: settings, now: { [clock] in clock.now },
            wallClock: { Timestamp(microseconds: Int64.max / 4) }, report: { [tell] in tell.yield($0) })
    }

    private func condition(_ topic: ServiceCondition.Topic) async -> ServiceCondition? {
        for await condition in told where condition.topic == topic { return condition }
        return nil
    }

    /// Waits until so much was told about each topic.
    private func conditions(_ wanted: [ServiceCondition.Topic: Int]) async {
        var missing = wanted
        for await condition in told {
            if let count = missing[condition.topic] { missing[condition.topic] = count > 1 ? count - 1 : nil }
            if missing.isEmpty { return }
        }
    }

    /// What is known after a refresh that begins now.
    private func refreshed(_ directory: ServerDirectory, _ needs: NovaNeeds = NovaNeeds()) async -> NovaKnowledge {
        clock.advance(by: .seconds(6))
        _ = await directory.knowledge(needs, within: .zero)
        _ = await condition(.listing)
        return await directory.knowledge(needs, within: .zero)
    }

    @Test func listsTheServersOfOneHostAsCeilometerHasThem() async throws {
        let directory = directory(host: "compute-1")
        let listing = try #require(await directory.knowledge(NovaNeeds(), within: Self.patience).listing)
        #expect(listing.servers.count >= 25)
        let uuid = try await script.run("uuid", "compute-1", "1")
        let server = try #require(listing.servers[uuid])
        #expect(server.name == "vm-compute-1-1" && server.host == .string("compute-1"))
        #expect(server.flavorName == "m1.large")
        #expect(server.flavorSizes == .init(vcpus: 4, ram: 8192, disk: 80, ephemeral: 10))
        #expect(server.image["name"] == .string("cirros"))
        #expect(server.imageMeta?.first == .init("base_image_ref", .string("0f0e0d0c-0b0a-4908-8706-050403020100")))
        #expect(server.vmState == .string("active") && server.taskState == .null)
        let fromVolume = try #require(listing.servers[try await script.run("uuid", "compute-1", "4")])
        #expect(fromVolume.image == .null && fromVolume.imageID == nil)
        #expect(listing.servers.values.allSatisfy { $0.host == .string("compute-1") })
        await directory.stop()
    }

    @Test func changesInNovaAreNoticed() async throws {
        // An interval, so that only `refreshed` begins a listing.
        let directory = directory(host: "compute-2", interval: .seconds(5))
        let before = try #require(await directory.knowledge(NovaNeeds(), within: Self.patience).listing)
        _ = await condition(.listing)
        let (deleted, moved, failed) = (
            try await script.run("uuid", "compute-2", "20"), try await script.run("uuid", "compute-1", "20"),
            try await script.run("uuid", "compute-2", "21")
        )
        #expect(before.servers[deleted] != nil && before.servers[moved] == nil && before.servers[failed] != nil)
        try await script.run("delete", deleted)
        try await script.run("move", moved, "compute-2")
        try await script.run("state", failed, "error")
        let after = await refreshed(directory)
        #expect(after.listing?.servers[deleted] == nil)
        #expect(after.listing?.servers[moved]?.host == .string("compute-2"))
        #expect(after.listing?.servers[failed] == nil)
        #expect(after.listing?.servers.count == before.servers.count - 1)
        try await script.run("state", failed, "active")
        #expect(await refreshed(directory).listing?.servers[failed] != nil)
        await directory.stop()
    }

    @Test func aDomainThatAppearsIsFoundBeforeTheIntervalIsOver() async throws {
        let directory = directory(host: "compute-3", interval: .seconds(3600))
        #expect(await directory.knowledge(NovaNeeds(), within: Self.patience).listing?.servers.isEmpty == true)
        try await script.run("seed", "compute-3=1")
        let uuid = try await script.run("uuid", "compute-3", "0")
        clock.advance(by: .seconds(6))
        let knowledge = await directory.knowledge(NovaNeeds(unlisted: [uuid]), within: Self.patience)
        #expect(knowledge.listing?.servers[uuid]?.name == "vm-compute-3-0")
        await directory.stop()
    }

    @Test func pagesAreFollowed() async throws {
        var answer = ServerList()
        var marker = ""
        // Nova's own pages have a thousand: smaller ones are asked for here, in the same way.
        for _ in 0..<20 {
            let request = ServiceRequest(
                .get, .init("compute", version: "v2.1"), "/servers/detail?all_tenants=True&limit=4\(marker)")
            let page = try MetadataValue(json: try await session.response(to: request).body)
            answer.servers += try (page["servers"]?.elements ?? []).map { try NovaServer($0, place: "") }
            guard let next = NextPage.marker(page["servers_links"]) else { break }
            marker = "&marker=\(next)"
        }
        #expect(answer.servers.count >= 49)
        #expect(Set(answer.servers.map(\.id)).count == answer.servers.count)
    }

    @Test func metadataAndFlavors() async throws {
        let directory = directory(host: nil)
        let uuid = try await script.run("uuid", "compute-1", "2")
        let needs = NovaNeeds(servers: [uuid, "no-such-server"], flavorNames: ["c1.private", "no-such-flavor"])
        let first = await directory.knowledge(needs, within: Self.patience)
        guard case .found(let server)? = first.servers[uuid] else {
            Issue.record("expected the server, not \(String(describing: first.servers[uuid]))")
            return
        }
        #expect(server.metadata.contains(.init("metering.server_group", .string("sg-0"))))
        #expect(server.flavorID == "f-private")
        #expect(first.servers["no-such-server"] == .unknown)
        #expect(first.flavorIDs == ["c1.private": "f-private"])

        let change = ServiceRequest(
            .post, .init("compute", version: "v2.1"), "/servers/\(uuid)/metadata",
            body: Array(#"{"metadata": {"metering.colour": "blue"}}"#.utf8))
        #expect(try await session.response(to: change).status == 200)
        try await script.run("rename-flavor", "f-private", "c2.private")
        await conditions([.flavors: 1, .servers: 2])
        clock.advance(by: .seconds(3600))
        _ = await directory.knowledge(needs, within: .zero)
        await conditions([.flavors: 1, .servers: 2])
        try await script.run("rename-flavor", "f-private", "c1.private")
        let later = await directory.knowledge(needs, within: .zero)
        #expect(later.flavorIDs.isEmpty)
        guard case .found(let changed)? = later.servers[uuid] else {
            Issue.record("expected the server")
            return
        }
        #expect(changed.metadata.contains(.init("metering.colour", .string("blue"))))
        #expect(later.generation != first.generation)
        await directory.stop()
    }

    @Test func whatWasKnownStaysWhileNovaIsDown() async throws {
        let directory = directory(host: "compute-1")
        let uuid = try await script.run("uuid", "compute-1", "3")
        let needs = NovaNeeds(servers: [uuid])
        let before = await directory.knowledge(needs, within: Self.patience)
        #expect(before.listing != nil && before.servers[uuid] != nil)
        _ = await condition(.listing)
        try await script.run("stop")
        clock.advance(by: .seconds(10))
        _ = await directory.knowledge(needs, within: .zero)
        #expect(await condition(.listing)?.problem?.contains("/servers/detail") == true)
        #expect(await directory.knowledge(needs, within: Self.patience) == before)
        try await script.run("start")
        clock.advance(by: .seconds(301))
        _ = await directory.knowledge(needs, within: .zero)
        #expect(await condition(.listing)?.problem == nil)
        await directory.stop()
    }
}
