import Foundation
import TestServers
import Testing

/// The agent with a real Keystone and a real Nova: what it learns from them, and that polling goes on without them.
@Suite(.timeLimit(.minutes(4))) struct CloudTests {
    private static let hosts = (here: "agent-1", there: "agent-2")

    /// An agent that polls a recording each second, and what arrives of it.
    private struct Scene {
        let cloud: CloudBed
        let here: [String]
        let there: [String]
        let receiver: BodyReceiver
        let agent: RunningAgent

        init(
            _ settings: String, host: String = hosts.here, owner: CloudBed.Owner? = nil, foreign: Int = 0
        ) async throws {
            cloud = try CloudBed()
            here = try await cloud.servers(25, on: host)
            there = try await cloud.servers(25, on: hosts.there)
            receiver = try await BodyReceiver()
            let folder = try TemporaryFolder()
            let domains = here.enumerated().map { ($1, ["m1.small", "m1.large", "c1.private"][$0 % 3]) }
            let recording = try RecordedHost(
                domains: domains + there.prefix(foreign).map { ($0, "m1.small") },
                user: owner?.user ?? "u", project: owner?.project ?? "p"
            ).write(to: folder, host: host)
            agent = try await RunningAgent(
                uri: "test:///default", url: receiver.url, meters: "vcpus",
                settings: "[DEFAULT]\nhost = \(host)\n" + cloud.credentials + settings,
                arguments: ["--replay", recording], in: folder)
        }

        /// The newest sample of each instance among what arrived since the last look.
        func newest() throws -> [String: [String: Any]] {
            var samples: [String: [String: Any]] = [:]
            for body in receiver.take() {
                for sample in try JSONSerialization.jsonObject(with: body) as? [[String: Any]] ?? [] {
                    if let id = sample["resource_id"] as? String { samples[id] = sample }
                }
            }
            return samples
        }

        /// Waits until what has just arrived is as it should be.
        @discardableResult
        func arrives(
            _ what: String, within seconds: Double = 40, _ condition: ([String: [String: Any]]) -> Bool
        ) async throws -> [String: [String: Any]] {
            var last: [String: [String: Any]] = [:]
            do {
                try await eventually(what, within: seconds) {
                    let found = try newest()
                    if !found.isEmpty { last = found }
                    return !found.isEmpty && condition(found)
                }
            } catch {
                throw CommandError(
                    description: "\(error); \(last.count) instances arrived, the log: \(try agent.log.suffix(3000))")
            }
            return last
        }

        func end() async throws {
            try await agent.stop()
            await receiver.stop()
        }
    }

    private static func metadata(_ sample: [String: Any]?) -> [String: Any] {
        sample?["resource_metadata"] as? [String: Any] ?? [:]
    }

    private static func names(_ samples: [String: [String: Any]]) -> [String: String] {
        samples.compactMapValues { metadata($0)["display_name"] as? String }
    }

    @Test(arguments: ["naive", "workload_partitioning"])
    func instancesAreWhatNovaListsOnThisHost(method: String) async throws {
        let scene = try await Scene("[compute]\ninstance_discovery_method = \(method)\n", foreign: 2)
        let samples = try await scene.arrives("what Nova lists, and nothing else") { samples in
            Set(samples.keys) == Set(scene.here)
                && Self.names(samples).values.allSatisfy { $0.hasPrefix("vm-agent-1-") }
        }
        for (index, uuid) in scene.here.enumerated() {
            let metadata = Self.metadata(samples[uuid])
            #expect(metadata["display_name"] as? String == "vm-agent-1-\(index)")
            #expect(metadata["instance_host"] as? String == "agent-1")
            #expect((metadata["user_metadata"] as? [String: String]) == ["server_group": "sg-\(index % 2)"])
            let flavor = metadata["flavor"] as? [String: Any]
            #expect(flavor?["name"] as? String == ["m1.small", "m1.large", "c1.private"][index % 3])
            #expect(metadata["status"] as? String == (index % 7 == 6 ? "shutoff" : "active"))
            #expect((metadata["image"] is NSNull) == (index % 5 == 4))
            #expect(samples[uuid]?["project_id"] as? String == "b1f3a0c9d3e94b8e9f0f6f0a2f7f0001")
        }
        // Each that is none is told once.
        for uuid in scene.there.prefix(2) { #expect(try scene.agent.lines(uuid, "Nova does not list it").count == 1) }
        try await scene.end()
    }

    @Test func aDeletedServerLeavesAndARenamedFlavorShows() async throws {
        // A host of its own: a server that was deleted cannot be made again.
        let scene = try await Scene(
            "[compute]\ninstance_discovery_method = naive\nresource_cache_expiry = 3\n", host: "agent-3")
        let deleted = scene.here[20]
        try await scene.arrives("all servers") { Self.names($0).count == 25 && $0[deleted] != nil }
        try await scene.cloud.nova.run("delete", deleted)
        try await scene.cloud.nova.run("rename-flavor", "f-private", "c3.private")
        try await scene.arrives("the rest, with the flavor's new name") { samples in
            samples[deleted] == nil && samples.count == 24
                && Self.metadata(samples[scene.here[2]])["instance_type"] as? String == "c3.private"
        }
        try await scene.cloud.nova.run("rename-flavor", "f-private", "c1.private")
        try await scene.end()
    }

    /// Keystone's middleware answers 503 in Nova's place while it cannot ask Keystone.
    @Test func pollingGoesOnWithoutKeystone() async throws {
        let scene = try await Scene("[compute]\ninstance_discovery_method = naive\nresource_cache_expiry = 2\n")
        let before = try await scene.arrives("all servers") { Self.names($0).values.allSatisfy { $0.hasPrefix("vm-") } }
        try await scene.cloud.keystone.run("stop")
        do {
            try await eventually("the agent says that Nova cannot be asked", within: 40) {
                try !scene.agent.lines("nova_listing", "503").isEmpty
                    || !scene.agent.lines("nova_listing", "Keystone").isEmpty
            }
            _ = try scene.newest()
            let start = try #require(try await scene.agent.page()).cycles
            let page = try await scene.agent.shows("three more polls", within: 10) {
                $0.cycles.polled >= start.polled + 3
            }
            // A busy machine may skip one.
            #expect(page.cycles.failed == 0 && page.cycles.missed <= start.missed + 1)
            #expect(page.problems.keys.allSatisfy { $0 == "schedule" }, "\(page.problems)")
            _ = try scene.newest()
            let now = try await scene.arrives("all servers still", within: 15) { $0.count == before.count }
            #expect(Self.names(now) == Self.names(before))
        } catch {
            try await scene.cloud.keystone.run("start")
            throw error
        }
        try await scene.cloud.keystone.run("start")
        try await eventually("Nova answers again", within: 60) {
            try !scene.agent.lines("answered again", "nova_listing").isEmpty
        }
        try await scene.end()
    }

    @Test func aRevokedTokenIsRenewedInMidRun() async throws {
        let scene = try await Scene("[compute]\ninstance_discovery_method = naive\nresource_cache_expiry = 2\n")
        try await scene.arrives("all servers") { $0.count == 25 }
        try await scene.cloud.revokeTokens()
        // What changes in Nova from here on can be known by a new token only.
        let failed = scene.here[22]
        try await scene.cloud.nova.run("state", failed, "error")
        try await scene.arrives("all but the one in error") { $0.count == 24 && $0[failed] == nil }
        // A token of the very second of the revocation is refused, too, and said so; nothing else is.
        let complaints = try scene.agent.lines("warning", "cloud=")
        #expect(complaints.allSatisfy { $0.contains("HTTP 401") } && complaints.count <= 1, "\(complaints)")
        try await scene.cloud.nova.run("state", failed, "active")
        try await scene.arrives("all servers again") { $0.count == 25 }
        try await scene.end()
    }

    @Test func whatLibvirtDoesNotTellIsLookedUp() async throws {
        let owner = try await CloudBed().owner()
        let scene = try await Scene(
            "[compute]\nfetch_extra_metadata = true\n[polling]\nidentity_name_discovery = true\n", owner: owner)
        let samples = try await scene.arrives("metadata, ids and names of all") { samples in
            samples.count == 25
                && samples.values.allSatisfy { sample in
                    let flavor = Self.metadata(sample)["flavor"] as? [String: Any]
                    return Self.metadata(sample)["user_metadata"] != nil && flavor?["id"] as? String != "m1.small"
                        && sample["user_name"] as? String == "ceilometer" && sample["project_name"] is String
                }
        }
        for (index, uuid) in scene.here.enumerated() {
            let metadata = Self.metadata(samples[uuid])
            #expect(metadata["display_name"] as? String == "libvirt-\(index)")
            #expect((metadata["user_metadata"] as? [String: String]) == ["server_group": "sg-\(index % 2)"])
            let flavor = metadata["flavor"] as? [String: Any]
            #expect(flavor?["id"] as? String == ["1", "2", "f-private"][index % 3])
            #expect(samples[uuid]?["project_name"] as? String == "service")
        }
        try await scene.end()
    }

    /// Neither is there: everything that libvirt knows arrives, on time.
    @Test func anAgentStartsWithoutThem() async throws {
        let scene = try await Scene(
            "[compute]\ninstance_discovery_method = naive\n[polling]\nidentity_name_discovery = true\n"
                + "[service_credentials]\nauth_url = http://127.0.0.1:9\n")
        let samples = try await scene.arrives("what libvirt knows", within: 15) { $0.count == 25 }
        #expect(Self.names(samples).values.allSatisfy { $0.hasPrefix("libvirt-") })
        let flavor = Self.metadata(samples[scene.here[0]])["flavor"] as? [String: Any]
        #expect(flavor?["id"] as? String == "m1.small", "the name stands for the id")
        #expect(samples.values.allSatisfy { $0["user_name"] is NSNull })
        try await scene.agent.shows("five polls on time", within: 15) { $0.cycles.polled >= 5 && $0.cycles.missed <= 1 }
        try await scene.end()
    }
}
