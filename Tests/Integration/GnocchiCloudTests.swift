import Foundation
import Glibc
import TestServers
import Testing

/// `gnocchi://`: the agent as a process, with a real Gnocchi that it finds through a real Keystone.
@Suite(.serialized) struct GnocchiCloudTests {
    /// A Gnocchi in Keystone's catalogue, its resource types made, and a folder with the agent's files.
    private struct Scene {
        let cloud: CloudBed
        let gnocchi: GnocchiBed
        let folder: TemporaryFolder

        var witness: String { folder.path("witness") }

        /// Has `body` use one, which ends with it.
        static func with(_ body: (Scene) async throws -> Void) async throws {
            let cloud = try CloudBed()
            let scene = Scene(
                cloud: cloud, gnocchi: try await GnocchiBed.own(keystone: cloud.keystoneURL),
                folder: try TemporaryFolder())
            do {
                try scene.folder.write("gnocchi.yaml", GnocchiReadBack.definition)
                try await body(scene)
            } catch {
                try await scene.gnocchi.down()
                throw error
            }
            try await scene.gnocchi.down()
        }

        /// Starts an agent that polls a recording each second, or the guests at a URI.
        func start(
            uri: String? = nil, interval: Int = 1, meters: String = "\"*\"", parameters: String = ""
        ) async throws -> RunningAgent {
            let recording = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../deploy/try-recording.json").path()
            return try await RunningAgent(
                uri: uri ?? "test:///default",
                url: "gnocchi://?resources_definition_file=\(folder.path("gnocchi.yaml"))&max_retries=0\(parameters)",
                others: ["file://\(witness)?json"], interval: interval, meters: meters, settings: cloud.credentials,
                arguments: uri == nil ? ["--replay", recording] : [], in: folder)
        }

        /// One of the agent's commands with the same configuration.
        func aerostat(_ arguments: String...) async throws -> Finished {
            try await run(
                try TestBed.aerostat, arguments + ["--config-file", folder.path("ceilometer.conf")], within: 90)
        }

        /// Makes what Gnocchi lacks; the agent's files must be there.
        func upgrade() async throws {
            try RunningAgent.configure(
                folder, uri: "test:///default",
                url: "gnocchi://?resources_definition_file=\(folder.path("gnocchi.yaml"))",
                settings: cloud.credentials + "[aerostat]\nstate_path = \(folder.path("state"))\n")
            let made = try await aerostat("gnocchi-upgrade")
            #expect(made.status == 0, "\(made.errors)")
            #expect(made.output.contains("resource type instance: created"))
        }
    }

    /// Faults before Gnocchi, in turn, of an agent that goes on polling; and of Keystone.
    @Test(.timeLimit(.minutes(8)))
    func whatIsReadBackIsWhatWasPolled() async throws {
        try await Scene.with { scene in
            let gateway = try GnocchiGateway(to: scene.gnocchi.port)
            try await scene.cloud.keystone.run("endpoint", "metric", "gnocchi", gateway.url)
            try await scene.upgrade()
            var agent = try await scene.start(parameters: "&timeout=2")
            try await agent.drains("gnocchi", after: "the start")
            let polled = try await agent.status().cycles.polled
            let before = gateway.lines.count
            try await agent.polls(3)
            let requests = gateway.lines.count - before
            let polls = try await agent.status().cycles.polled - polled
            // In the steady state a poll is a request. At the beginning one may be under way; at the end, too, and another
            // poll may have come between the two counts.
            #expect((polls - 2...polls + 1).contains(requests), "\(polls) polls: \(gateway.lines.suffix(requests))")

            for (name, fault) in Self.faults {
                gateway.have(fault)
                try await eventually("\(name) is met", within: 60) { gateway.met > 0 }
                try await agent.polls(3)
                gateway.have(nil)
                try await agent.drains("gnocchi", after: name)
            }
            try await scene.cloud.revokeTokens()
            try await agent.polls(3)
            try await agent.drains("gnocchi", after: "the token was revoked")

            try await scene.gnocchi.call("hang")
            try await agent.polls(4)
            try await scene.gnocchi.call("unhang")
            try await agent.drains("gnocchi", after: "Gnocchi hung (SIGSTOP)")

            try await scene.cloud.keystone.run("stop")
            try await agent.polls(3)
            // Without a token that it could go on with.
            try await agent.stop()
            agent = try await scene.start(parameters: "&timeout=2")
            try await agent.polls(3)
            #expect(try await agent.waitingPayloads("gnocchi") > 0)
            try await scene.cloud.keystone.run("start")
            try await agent.drains("gnocchi", after: "Keystone stopped, the agent started without it")

            #expect(try await agent.losses() == 0)
            try await agent.stop()
            agent = try await scene.start(parameters: "&timeout=2")
            try await agent.drains("gnocchi", after: "the end")
            try await agent.stop()
            // What the last end left on disk is delivered by nobody any more.
            let last = try await scene.start(meters: "\"nothing\"", parameters: "&timeout=2")
            try await eventually("everything is delivered", within: 60) {
                try await last.waitingPayloads("gnocchi") == 0
            }
            try await last.stop()
            try await GnocchiReadBack.compare(scene.gnocchi, with: scene.witness)
        }
    }

    private static let faults: [(String, GnocchiGateway.Fault)] = [
        ("503", .answers(.status(503, body: Array("<html>503 Service Unavailable</html>".utf8)))),
        ("500", .answers(.status(500))), ("429 with Retry-After", .answers(.status(429, headers: ["Retry-After: 2"]))),
        ("413 above 2000 bytes", .limits(2000)), ("reset", .answers(.reset)), ("hang", .answers(.hang)),
        ("half an answer", .loses(.bytes(Array("HTTP/1.1 202 Accepted\r\nContent-Le".utf8)))),
        ("answer lost", .loses(.reset)),
    ]

    /// Twenty real guests: what they use, summed up by Gnocchi for each host and project, is what was polled.
    @Test(.timeLimit(.minutes(5)))
    func realGuestsThroughToAggregates() async throws {
        let bed = try TestBed.shared()
        try await Scene.with { scene in
            try await scene.upgrade()
            let check = try await scene.aerostat("check", "--online")
            #expect(check.status == 0, "\(check.output) \(check.errors)")
            #expect(check.output.contains("back_window 0"))
            #expect(check.output.contains("there are no disks or NICs of test-host yet"))

            let agent = try await scene.start(
                uri: try await bed.uri(), interval: 2,
                meters: "\"memory.usage\", \"memory.resident\", \"disk.device.read.bytes\"")
            try await agent.polls(6)
            try await agent.drains("gnocchi", after: "six polls of real guests")
            try await agent.stop()
            try await GnocchiReadBack.compare(scene.gnocchi, with: scene.witness)

            let polled = try GnocchiReadBack.witness(scene.witness).filter { $0.name == "memory.usage" }
            #expect(Set(polled.map(\.resource_id)).count >= 12)
            let groups = Dictionary(grouping: polled) {
                ["host: test-host, project_id: \($0.project_id ?? "")", $0.second]
            }
            .mapValues { points in
                // Two polls may fall into one second, as the first is made at once: Gnocchi has their mean.
                Dictionary(grouping: points, by: \.resource_id).values
                    .map { same in same.map(\.volume).reduce(0, +) / Double(same.count) }.reduce(0, +)
            }
            let output = try await scene.gnocchi.call(
                "client", "aggregates", "--resource-type", "instance", "--groupby", "project_id", "--groupby", "host",
                "--granularity", "1", "--fill", "0", "-f", "json", "(aggregate sum (metric memory.usage mean))",
                "host = 'test-host'")
            let rows = try JSONDecoder().decode([Aggregate].self, from: Data(output.utf8))
            let found = Dictionary(rows.map { ([$0.group, String($0.timestamp.prefix(19))], $0.value) }) { $1 }
            #expect(found.count == groups.count && groups.count >= 6)
            for (group, sum) in groups {
                // The order in which they are added up is not ours.
                #expect(abs((found[group] ?? 0) - sum) < 1e-6 * sum, "\(group)")
            }

            // The same disks, seen as another user: they would be there twice.
            let other = try await scene.aerostat("check", "--online")
            #expect(other.output.contains("disks and NICs of test-host were created by us"), "\(other.output)")
            try scene.folder.write(
                "ceilometer.conf",
                try String(contentsOfFile: scene.folder.path("ceilometer.conf"), encoding: .utf8)
                    .replacing("username = ceilometer", with: "username = gnocchi")
                    .replacing("password = ceilometer", with: "password = gnocchi"))
            let warned = try await scene.aerostat("check", "--online")
            #expect(warned.status == 0)
            #expect(warned.output.contains("warning: ") && warned.output.contains("each would be there twice"))
        }
    }

    private struct Aggregate: Decodable {
        let group: String
        let timestamp: String
        let value: Double
    }

    /// A guest that Nova has deleted has ended in Gnocchi, with its disk; one that was moved has not.
    @Test(.timeLimit(.minutes(6)))
    func whatIsDeletedHasEndedAndWhatIsMovedHasNot() async throws {
        let bed = try TestBed.shared()
        try await Scene.with { scene in
            let names = ["gone", "moved"].map { "\($0)-\(UInt16.random(in: 0...UInt16.max))" }
            for name in names {
                try await bed.call(["define", name])
                try await scene.cloud.nova.run("adopt", try await bed.uuid(name), "test-host")
                try await bed.call(["start", name], within: 120)
            }
            let gone = try await bed.uuid(names[0])
            let moved = try await bed.uuid(names[1])
            try await scene.upgrade()
            let agent = try await scene.start(
                uri: try await bed.uri(), interval: 2, meters: "\"power.state\", \"disk.device.read.bytes\"",
                parameters: "&ended_at=true")
            func delivered() async throws -> Bool {
                guard FileManager.default.fileExists(atPath: scene.witness) else { return false }
                return Set(try GnocchiReadBack.witness(scene.witness).map(\.resource_id)).isSuperset(of: [gone, moved])
            }
            try await eventually("both were polled", within: 60, delivered)
            try await agent.drains("gnocchi", after: "two more guests")
            // First where it is asked for: the agent asks half a minute after it has missed them, and not soon again.
            try await scene.cloud.nova.run("move", moved, "another-host")
            try await scene.cloud.nova.run("delete", gone)
            for name in names { try await bed.call(["undefine", name]) }

            try await eventually("it has ended", within: 120) {
                let show = try await scene.gnocchi.call("client", "resource", "show", gone, "-f", "json")
                return try JSONDecoder().decode(Resource.self, from: Data(show.utf8)).ended_at != nil
            }
            try await agent.stop()
            for metric in try await scene.gnocchi.measures() {
                let isGone = metric.original.hasPrefix(gone)
                #expect((metric.ended_at != nil) == isGone, "\(metric.original)")
            }
            let originals = Set(try await scene.gnocchi.measures().map(\.original))
            #expect(originals.contains { $0.hasPrefix("\(gone)-") } && originals.contains(moved))
        }
    }

    private struct Resource: Decodable {
        let ended_at: String?
    }
}
