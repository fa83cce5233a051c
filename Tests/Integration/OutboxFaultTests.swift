import Foundation
import Glibc
import Testing

/// Faults of the host beneath the outbox of an agent that polls a recording: a clock that jumps, a disk that hangs, a state
/// directory that goes.
@Suite struct OutboxFaultTests {
    private static let recording = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "deploy/try-recording.json").path()

    private func start(
        _ receiver: SampleReceiver, in folder: TemporaryFolder, _ faults: HostFaults? = nil
    ) async throws -> RunningAgent {
        try await RunningAgent(
            uri: "test:///default", url: receiver.url, meters: "memory, vcpus",
            arguments: ["--replay", Self.recording],
            environment: faults?.environment ?? [:], in: folder)
    }

    /// Three seconds of a clock that is eight days ahead: `outbox_max_age` is seven.
    @Test(.timeLimit(.minutes(2))) func aClockThatJumpsDropsNothing() async throws {
        let faults = try await HostFaults()
        let receiver = try await SampleReceiver()
        receiver.refuse(503)
        let folder = try TemporaryFolder()
        let agent = try await start(receiver, in: folder, faults)
        let before = try await agent.shows("payloads wait", within: 30) { $0.onDisk >= 3 }
        try faults.begin(.clock, "691200")
        try await agent.polls(3)
        try faults.end(.clock)
        try await agent.polls(2)
        let after = try await agent.shows("it goes on", within: 20) { $0.waiting > before.waiting }
        #expect(after.queue?.dropped_samples == 0)
        receiver.refuse(nil)
        try await agent.shows("all arrived", within: 70) { $0.waiting == 0 }
        #expect(receiver.bodies.count >= after.waiting)
        try await agent.stop()
        await receiver.stop()
    }

    @Test(.timeLimit(.minutes(3))) func aDiskThatHangsStopsNothing() async throws {
        let faults = try await HostFaults()
        let receiver = try await SampleReceiver()
        let folder = try TemporaryFolder()
        let agent = try await start(receiver, in: folder, faults)
        try await eventually("samples arrive", within: 30) { receiver.bodies.count >= 2 }
        try faults.begin(.fsync)
        let page = try await agent.shows("the disk is told", within: 20) { $0.diskProblem != nil }
        #expect(page.diskProblem?.contains("outbox.sqlite has not answered") == true, "\(page)")
        #expect(await agent.health() == 503)
        let count = receiver.bodies.count
        try await agent.polls(3)
        try await eventually("samples go on arriving", within: 20) { receiver.bodies.count >= count + 3 }
        #expect(receiver.samples.count == Set(receiver.samples.map(\.id)).count)
        // A reload works.
        let polled = try #require(try await agent.page()).cycles.polled
        agent.signal(SIGHUP)
        try await eventually("the new agent has begun", within: 30) {
            guard let page = try await agent.page() else { return false }
            return page.cycles.polled < polled
        }
        let reloaded = receiver.bodies.count
        try await eventually("the new agent delivers", within: 30) { receiver.bodies.count >= reloaded + 2 }
        // So does the next one, while the disk has not answered the first one's start.
        let counted = try agent.lines(" notice reloaded").count
        agent.signal(SIGHUP)
        try await eventually("the next agent has begun", within: 30) {
            guard agent.isRunning else { throw CommandError(description: "it ended: \(try agent.log)") }
            return try agent.lines(" notice reloaded").count > counted
        }
        let again = receiver.bodies.count
        try await eventually("the next agent delivers", within: 30) { receiver.bodies.count >= again + 2 }
        let end = try await agent.stop()
        #expect(end.status == 0)
        // Five by the promise, and a slow machine's two.
        #expect(end.seconds < 7, "\(end.seconds)")
        await receiver.stop()
    }

    /// A second agent, whose start the disk held up, ends when it finds the first.
    @Test(.timeLimit(.minutes(2))) func aSecondAgentThatTheDiskHeldUpEnds() async throws {
        let faults = try await HostFaults()
        let receiver = try await SampleReceiver()
        let folder = try TemporaryFolder()
        let agent = try await start(receiver, in: folder)
        try await eventually("samples arrive", within: 30) { !receiver.bodies.isEmpty }
        let other = try TemporaryFolder()
        try RunningAgent.configure(
            other, uri: "test:///default", url: receiver.url, meters: "memory",
            settings: "[aerostat]\nstate_path = \(folder.path("state"))\n")
        try faults.begin(.mount, folder.path("state"))
        let second = try ChildProcess(
            try TestBed.aerostat,
            ["run", "--config-file", other.path("ceilometer.conf"), "--replay", Self.recording],
            environment: faults.environment, output: other.path("out"), errors: other.path("log"))
        defer { second.signal(SIGKILL) }
        func log() throws -> String { try String(contentsOfFile: other.path("log"), encoding: .utf8) }
        try await eventually("it polls all the same", within: 30) { try log().contains("first poll") }
        try faults.end(.mount)
        try await eventually("it ends", within: 40) { !second.isRunning }
        #expect(second.status == 1)
        #expect(try log().contains("ending to be restarted: \(folder.path("state")) is in use by another agent"))
        let count = receiver.bodies.count
        try await eventually("the first goes on", within: 30) { receiver.bodies.count >= count + 2 }
        try await agent.stop()
        await receiver.stop()
    }

    @Test(.timeLimit(.minutes(2))) func aDiskThatHangedIsUsedAgain() async throws {
        let faults = try await HostFaults()
        let receiver = try await SampleReceiver()
        let folder = try TemporaryFolder()
        let agent = try await start(receiver, in: folder, faults)
        try await eventually("samples arrive", within: 30) { receiver.bodies.count >= 2 }
        receiver.refuse(503)
        try faults.begin(.fsync)
        try await agent.shows("payloads wait in memory", within: 30) { $0.inMemory >= 3 }
        try faults.end(.fsync)
        try await agent.shows("payloads are on disk", within: 30) { $0.inMemory == 0 && $0.diskProblem == nil }
        let told = try #require(try await agent.page())
        #expect(try agent.lines("condition=disk").count == 2)
        try await agent.die()
        receiver.refuse(nil)
        let again = try await start(receiver, in: folder)
        try await again.shows("all arrived", within: 40) { $0.waiting == 0 && $0.cycles.polled > 0 }
        #expect(receiver.bodies.count >= told.waiting)
        #expect(receiver.samples.count == Set(receiver.samples.map(\.id)).count)
        try await again.stop()
        await receiver.stop()
    }

    /// An agent that could not start again goes on, and keeps what it has.
    @Test(.timeLimit(.minutes(2))) func aReloadWithoutAStateDirectoryIsRefused() async throws {
        let receiver = try await SampleReceiver()
        receiver.refuse(503)
        let folder = try TemporaryFolder()
        let agent = try await start(receiver, in: folder)
        try await agent.shows("payloads wait", within: 30) { $0.onDisk >= 3 }
        let state = folder.path("state")
        try FileManager.default.moveItem(atPath: state, toPath: state + ".old")
        try folder.write("state", "")
        try await agent.shows("the disk is told", within: 20) { $0.diskProblem?.contains("is no directory") == true }
        agent.signal(SIGHUP)
        try await eventually("the reload is refused", within: 20) {
            guard agent.isRunning else { throw CommandError(description: "it ended: \(try agent.log)") }
            return !(try agent.lines("going on with the old one").isEmpty)
        }
        let told = try await agent.shows("it goes on", within: 20) { $0.inMemory >= 2 }
        try FileManager.default.removeItem(atPath: state)
        receiver.refuse(nil)
        try await agent.shows("all arrived", within: 70) { $0.waiting == 0 && $0.diskProblem == nil }
        #expect(receiver.bodies.count >= told.waiting)
        #expect(receiver.samples.count == Set(receiver.samples.map(\.id)).count)
        try await agent.stop()
        await receiver.stop()
    }

    @Test(.timeLimit(.minutes(2)), arguments: ["removed", "renamed"])
    func aStateDirectoryThatGoesIsToldAndNothingIsLost(_ how: String) async throws {
        let receiver = try await SampleReceiver()
        receiver.refuse(503)
        let folder = try TemporaryFolder()
        let agent = try await start(receiver, in: folder)
        let before = try await agent.shows("payloads wait", within: 30) { $0.onDisk >= 3 }
        let state = folder.path("state")
        if how == "removed" {
            try FileManager.default.removeItem(atPath: state)
        } else {
            try FileManager.default.moveItem(atPath: state, toPath: state + ".old")
        }
        let second = try await run(
            TestBed.aerostat,
            ["run", "--config-file", folder.path("ceilometer.conf"), "--replay", Self.recording], within: 20)
        #expect(second.status == 1 && second.errors.contains("in use by another agent"), "\(second.errors)")
        try await eventually("it is told", within: 20) { !(try agent.lines("while the agent ran").isEmpty) }
        let told = try await agent.shows("more wait", within: 20) { $0.onDisk > before.waiting }
        try await agent.die()
        receiver.refuse(nil)
        let again = try await start(receiver, in: folder)
        try await again.shows("all arrived", within: 60) { $0.waiting == 0 && $0.cycles.polled > 0 }
        #expect(receiver.bodies.count >= told.waiting)
        #expect(receiver.samples.count == Set(receiver.samples.map(\.id)).count)
        try await again.stop()
        await receiver.stop()
    }

    /// At the end, payloads that are in memory alone are lost. They were logged as kept for the next start.
    @Test(.timeLimit(.minutes(2))) func whatIsInMemoryAloneIsNotCalledKept() async throws {
        let receiver = try await SampleReceiver()
        receiver.refuse(503)
        let folder = try TemporaryFolder()
        let agent = try await RunningAgent(
            uri: "test:///default", url: receiver.url, others: ["file://\(folder.path("missing/samples"))?json"],
            meters: "memory, vcpus", arguments: ["--replay", Self.recording], in: folder)
        try await agent.shows("payloads wait for both", within: 30) {
            $0.queues.count == 2 && $0.queues.allSatisfy { $0.waiting_payloads >= 2 }
        }
        try await agent.stop()
        let kept = try agent.lines("kept for the next start")
        #expect(kept.count == 1 && kept.allSatisfy { $0.contains(receiver.url) }, "\(kept)")
        let lost = try agent.lines("payloads are lost")
        #expect(lost.count == 1 && lost.allSatisfy { $0.contains("file://") && $0.contains(" error ") }, "\(lost)")
        await receiver.stop()
    }
}
