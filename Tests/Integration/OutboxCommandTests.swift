import Foundation
import Glibc
import Testing

/// `aerostat outbox` beside a running agent that polls a recording, and without one.
@Suite struct OutboxCommandTests {
    private static let recording = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "deploy/try-recording.json").path()

    private func outbox(_ folder: TemporaryFolder, _ arguments: String...) async throws -> Finished {
        try await run(
            TestBed.aerostat, ["outbox"] + arguments + ["--config-file", folder.path("ceilometer.conf")])
    }

    private struct Listing: Decodable {
        let queues: [Queue]
        let quarantine: [Rejected]

        struct Queue: Decodable {
            let queue: String
            let configured: Bool?
            let payloads: Int
            let samples: Int
            let quarantined_payloads: Int
        }

        struct Rejected: Decodable {
            let id: Int
            let reason: String
            let samples: Int
        }
    }

    private func listing(_ folder: TemporaryFolder) async throws -> Listing {
        let result = try await outbox(folder, "list", "--format", "json")
        #expect(result.status == 0, "\(result.errors)")
        return try JSONDecoder().decode(Listing.self, from: Data(result.output.utf8))
    }

    private func start(
        _ receiver: SampleReceiver, in folder: TemporaryFolder, environment: [String: String] = [:]
    ) async throws -> RunningAgent {
        try await RunningAgent(
            uri: "test:///default", url: receiver.url, meters: "memory, vcpus",
            arguments: ["--replay", Self.recording], environment: environment, in: folder)
    }

    /// Needs root, as the tests with disks of their own do.
    @Test(.timeLimit(.minutes(2))) func anotherUserIsToldWhoseAgentItIs() async throws {
        let receiver = try await SampleReceiver()
        let folder = try TemporaryFolder()
        let agent = try await start(receiver, in: folder)
        try await eventually("samples arrive", within: 30) { !receiver.bodies.isEmpty }
        try #require(chmod(folder.path, 0o755) == 0)
        let result = try await run(
            "/usr/bin/env",
            [
                "runuser", "-u", "nobody", "--", try TestBed.aerostat, "outbox", "retry", "--now", "--config-file",
                folder.path("ceilometer.conf"),
            ])
        #expect(result.status == 1)
        #expect(result.errors.contains("listens to its own user and root alone; run this as"), "\(result.errors)")
        try await agent.stop()
        await receiver.stop()
    }

    /// A write that hangs keeps the database's lock.
    @Test(.timeLimit(.minutes(2))) func aLockThatIsHeldIsExplained() async throws {
        let faults = try await HostFaults()
        let receiver = try await SampleReceiver()
        receiver.refuse(400, everySecond: true)
        let folder = try TemporaryFolder()
        let agent = try await start(receiver, in: folder, environment: faults.environment)
        try await agent.shows("a payload is refused", within: 30) { $0.queue?.quarantined_payloads ?? 0 >= 1 }
        try faults.begin(.fsync)
        try await agent.shows("the disk is told", within: 20) { $0.diskProblem != nil }
        let result = try await outbox(folder, "drop", "1")
        #expect(result.status == 1)
        #expect(result.errors.contains("is locked by another process"), "\(result.errors)")
        #expect(!result.errors.contains("SQLite"))
        try await agent.stop()
        await receiver.stop()
    }

    @Test(.timeLimit(.minutes(2))) func whatWasRefusedIsShownRetriedAndDropped() async throws {
        let receiver = try await SampleReceiver()
        receiver.refuse(400, everySecond: true)
        let folder = try TemporaryFolder()
        let agent = try await start(receiver, in: folder)
        try await agent.shows("payloads are refused", within: 30) { $0.queue?.quarantined_payloads ?? 0 >= 3 }
        receiver.refuse(nil)
        try await eventually("samples arrive", within: 20) { !receiver.samples.isEmpty }
        let before = try await listing(folder)
        #expect(before.queues.first?.configured == true)
        #expect(before.queues.first?.quarantined_payloads == before.quarantine.count)
        #expect(before.quarantine.count >= 3)
        let first = try #require(before.quarantine.first)
        #expect(first.reason.contains("HTTP 400"))

        let body = try await outbox(folder, "show", "\(first.id)", "--body")
        let samples = try JSONDecoder().decode([ReceivedSample].self, from: Data(body.output.utf8))
        #expect(samples.count == first.samples)
        let shown = try await outbox(folder, "show", "\(first.id)")
        #expect(shown.output.contains("reason: POST http://127.0.0.1:\(receiver.port)/v1/samples: HTTP 400"))
        let table = try await outbox(folder)
        #expect(table.status == 0 && table.output.contains("HTTP 400") && table.output.contains("yes"))

        #expect(try await outbox(folder, "retry", "\(first.id)").output == "put back: 1\n")
        let ids = Set(samples.map(\.id))
        try await eventually("what was put back arrives with the next poll", within: 15) {
            ids.isSubset(of: receiver.samples.map(\.id))
        }
        #expect(try await outbox(folder, "drop", "--all").output == "dropped: \(before.quarantine.count - 1)\n")
        try await agent.shows("the agent has noticed", within: 15) { $0.queue?.quarantined_payloads == 0 }
        let missing = try await outbox(folder, "show", "\(first.id)")
        #expect(missing.status == 1 && missing.errors.contains("no payload \(first.id)"))
        try await agent.stop()
        #expect(receiver.samples.count == Set(receiver.samples.map(\.id)).count)
        let empty = try await outbox(folder)
        #expect(empty.status == 0 && empty.output == "nothing waits, and nothing was refused\n")
        await receiver.stop()
    }

    @Test(.timeLimit(.minutes(2))) func theQueueOfAPublisherThatLeftIsToldAndGivenUp() async throws {
        let receiver = try await SampleReceiver()
        receiver.refuse(503)
        let folder = try TemporaryFolder()
        let agent = try await start(receiver, in: folder)
        try await agent.shows("payloads wait", within: 30) { $0.onDisk >= 3 }
        try await agent.stop()
        try RunningAgent.configure(
            folder, uri: "test:///default", url: "test://",
            settings: "[aerostat]\nstate_path = \(folder.path("state"))\n")
        let left = try #require(try await listing(folder).queues.first)
        let table = try await outbox(folder)
        #expect(table.output.contains(" no ") && table.output.contains("KiB") || table.output.contains(" B "))
        #expect(left.configured == false && left.payloads >= 3)
        let check = try await run(TestBed.aerostat, ["check", "--config-file", folder.path("ceilometer.conf")])
        #expect(check.status == 0)
        #expect(check.output.contains("\(left.samples) samples wait"))
        #expect(
            check.errors.contains("warning: queue \(left.queue) is of no publisher in pipeline.yaml"), "\(check.errors)"
        )
        #expect(check.errors.contains("aerostat outbox move \(left.queue) NEW-QUEUE"), "\(check.errors)")
        // Which queues there are is not known, and so not whether anybody serves the new one.
        let pipeline = try String(contentsOfFile: folder.path("pipeline.yaml"), encoding: .utf8)
        try folder.write("pipeline.yaml", "x")
        let unknown = try await outbox(folder, "move", left.queue, "http://nobody/")
        #expect(unknown.status == 1 && unknown.errors.contains("pipeline.yaml cannot be used"), "\(unknown.errors)")
        try folder.write("pipeline.yaml", pipeline)
        let wrong = try await outbox(folder, "drop", "--waiting", "http://nobody/")
        #expect(wrong.status == 1 && wrong.errors.contains("http://nobody/"))
        #expect(
            try await outbox(folder, "drop", "--waiting", left.queue).output == "dropped samples: \(left.samples)\n")
        #expect(try await listing(folder).queues.isEmpty)
        await receiver.stop()
    }

    /// A receiver that refuses everything is a mistake in the configuration. Once the URL is mended, what waits is moved.
    @Test(.timeLimit(.minutes(3))) func aReceiverThatRefusesEverythingKeepsItsPayloads() async throws {
        let receiver = try await SampleReceiver()
        receiver.refuse(400)
        let folder = try TemporaryFolder()
        let agent = try await start(receiver, in: folder)
        let queue = try #require(
            try await agent.shows("the receiver refuses everything", within: 40) {
                $0.problems.values.contains { $0.contains("refused all") } && $0.waiting >= 4
            }.queue)
        #expect(queue.quarantined_payloads == 0)
        #expect(await agent.health() == 503)
        #expect(try agent.lines("HTTP 400").count == 1)
        // Tried at once, though it would be tried in a minute at the earliest.
        receiver.refuse(nil)
        let none = try await outbox(folder, "retry", "--now", "http://nobody/")
        #expect(none.status == 1 && none.errors.contains("http://nobody/"))
        let now = try await outbox(folder, "retry", "--now")
        #expect(now.status == 0, "\(now.errors)")
        #expect(now.output == "queues that are tried at once: 1\n")
        try await agent.shows("all arrived, and all is well", within: 30) {
            $0.healthy && $0.waiting == 0 && receiver.samples.count > 0
        }
        #expect(try agent.lines("first delivery").count == 1)
        receiver.refuse(503)
        try await agent.shows("payloads wait", within: 30) { $0.onDisk >= 3 }
        try await agent.stop()

        // The same collector, at a new path.
        let new = receiver.url.replacing("/v1/samples", with: "/v2/samples")
        try RunningAgent.configure(
            folder, uri: "test:///default", url: new, settings: "[aerostat]\nstate_path = \(folder.path("state"))\n")
        let before = try #require(try await listing(folder).queues.first)
        let wrong = try await outbox(folder, "move", before.queue, "http://nobody/")
        #expect(wrong.status == 1 && wrong.errors.contains("pipeline.yaml has no queue http://nobody/"))
        let moved = try await outbox(folder, "move", before.queue, new)
        #expect(moved.output == "moved: \(before.payloads) that wait, 0 that were refused\n", "\(moved.errors)")
        #expect(try await listing(folder).queues.map(\.queue) == [new])
        let idle = try await outbox(folder, "retry", "--now")
        #expect(idle.status == 1 && idle.errors.contains("no agent answers"))
        receiver.refuse(nil)
        let again = try await RunningAgent(
            uri: "test:///default", url: new, meters: "memory, vcpus", arguments: ["--replay", Self.recording],
            in: folder)
        try await again.shows("what was moved arrives", within: 30) { $0.waiting == 0 && $0.cycles.polled > 1 }
        try await again.stop()
        #expect(receiver.samples.count == Set(receiver.samples.map(\.id)).count)
        await receiver.stop()
    }

    /// Run as root, like the tests that mount disks.
    @Test(.timeLimit(.minutes(1))) func whatMayNotBeReadIsAnErrorWithTheRemedy() async throws {
        let receiver = try await SampleReceiver()
        receiver.refuse(503)
        let folder = try TemporaryFolder()
        let agent = try await start(receiver, in: folder)
        try await agent.shows("payloads wait", within: 30) { $0.onDisk >= 1 }
        try await agent.stop()
        let denied = try await run(
            "/usr/bin/setpriv",
            ["--reuid", "65534", "--clear-groups", TestBed.aerostat, "outbox", "--state-path", folder.path("state")])
        #expect(denied.status == 1)
        #expect(
            denied.errors.contains("permission denied") || denied.errors.contains("Permission denied"),
            "\(denied.errors)")
        #expect(denied.errors.contains("runuser -u "), "\(denied.errors)")
        #expect(!denied.output.contains("nothing waits"))
        await receiver.stop()
    }

    @Test func wrongUsageAndWrongPlaces() async throws {
        let folder = try TemporaryFolder()
        try RunningAgent.configure(folder, uri: "test:///default", url: "test://")
        for arguments in [
            ["retry"], ["drop"], ["retry", "1", "--all"], ["drop", "1", "--waiting", "x"], ["show"], ["retry", "x"],
            ["retry", "9-3"], ["move", "a"], ["move", "a", "a"],
        ] {
            let result = try await run(TestBed.aerostat, ["outbox"] + arguments)
            #expect(result.status == 2, "\(arguments)")
        }
        let none = try await run(TestBed.aerostat, ["outbox", "--state-path", folder.path("nowhere")])
        #expect(none.status == 0 && none.errors.contains(folder.path("nowhere")))
        try FileManager.default.createDirectory(atPath: folder.path("state"), withIntermediateDirectories: true)
        try folder.write("state/outbox.sqlite", "this is no database, but it is long enough to look like one")
        let damaged = try await run(TestBed.aerostat, ["outbox", "--state-path", folder.path("state")])
        #expect(damaged.status == 1 && damaged.errors.contains("damaged"))
    }
}
