import Foundation
import FoundationNetworking
import Glibc
import TestServers
import Testing

/// The agent as a process: its end, a new configuration, and a collector that refuses.
@Suite struct AgentLifeTests {
    @Test(.timeLimit(.minutes(2)))
    func sigtermEndsWithinFiveSecondsAndHandsOver() async throws {
        let receiver = try await SampleReceiver()
        let agent = try await RunningAgent(
            uri: TestBed.shared().uri(), url: receiver.url, settings: "[aerostat]\nlog_level = debug\n")
        try await eventually("samples arrive", within: 30) { receiver.bodies.count >= 2 }
        let end = try await agent.stop()
        #expect(end.status == 0)
        #expect(end.seconds < 5)
        // What a receiver does not take in time is kept, and the log says how much that is.
        let lines = try agent.log.split(separator: "\n")
        let polled = lines.count { $0.contains(" debug polled ") }
        let kept = lines.first { $0.contains("kept for the next start") }?.firstMatch(of: /payloads=(\d+)/)
        #expect(polled >= 2)
        #expect(receiver.bodies.count + (kept.flatMap { Int($0.1) } ?? 0) >= polled)
        #expect(lines.last?.contains("stopped") ?? false)
        await receiver.stop()
    }

    @Test(.timeLimit(.minutes(2)))
    func whatACollectorMissesWaitsAndComesInOrder() async throws {
        let receiver = try await SampleReceiver()
        receiver.refuse(503)
        let folder = try TemporaryFolder()
        let uri = try await TestBed.shared().uri()
        let idle = try await TestBed.shared().uuid("idle")
        let first = try await RunningAgent(uri: uri, url: receiver.url, meters: "power.state", in: folder)
        try await eventually("four cycles were polled", within: 30) {
            try await first.polled() >= 4
        }
        // While the collector refuses: what is on disk outlives the process, by whatever death.
        first.signal(SIGKILL)
        try await eventually("the agent is dead", within: 5) { !first.isRunning }
        #expect(receiver.samples.isEmpty)
        receiver.refuse(nil)
        let second = try await RunningAgent(uri: uri, url: receiver.url, meters: "power.state", in: folder)
        try await eventually("old and new samples arrive", within: 30) {
            receiver.samples(of: idle)["power.state"]?.count ?? 0 >= 6
        }
        try await second.stop()
        let samples = try #require(receiver.samples(of: idle)["power.state"])
        #expect(samples.map(\.timestamp) == samples.map(\.timestamp).sorted())
        // The receiver may have been taking the one payload that was under way when the agent died.
        #expect(samples.count - Set(samples.map(\.id)).count <= 1)
        await receiver.stop()
    }

    @Test(.timeLimit(.minutes(2)))
    func sighupTakesAGoodConfigurationAndRefusesABadOne() async throws {
        let receiver = try await SampleReceiver()
        let agent = try await RunningAgent(uri: TestBed.shared().uri(), url: receiver.url, meters: "power.state")
        try await eventually("samples arrive", within: 30) { !receiver.samples.isEmpty }
        try agent.folder.write("polling.yaml", "sources:\n  - {name: all, interval: 0, meters: [vcpus]}\n")
        agent.signal(SIGHUP)
        try await eventually("the bad file is refused", within: 10) {
            try agent.log.contains("going on with the old one")
        }
        #expect(try agent.log.contains("polling.yaml:2:"))
        let count = receiver.bodies.count
        try await eventually("polling goes on", within: 10) { receiver.bodies.count >= count + 2 }
        #expect(Set(receiver.samples.map(\.name)) == ["power.state"])
        try agent.folder.write("polling.yaml", "sources:\n  - {name: all, interval: 1, meters: [vcpus]}\n")
        agent.signal(SIGHUP)
        try await eventually("the new meter arrives", within: 20) { receiver.samples.contains { $0.name == "vcpus" } }
        try await agent.stop()
        await receiver.stop()
    }

    /// A new configuration whose status address is taken: the old one goes on, with its queues.
    @Test(.timeLimit(.minutes(2)))
    func sighupWithAnAddressThatIsTaken() async throws {
        let receiver = try await SampleReceiver()
        let taken = try LoopbackServer()
        let agent = try await RunningAgent(uri: TestBed.shared().uri(), url: receiver.url, meters: "power.state")
        try await agent.polls(1)
        let conf = agent.folder.path("ceilometer.conf")
        let text = try String(contentsOfFile: conf, encoding: .utf8)
        try agent.folder.write(
            "ceilometer.conf",
            text.replacing(
                "status_listen = 127.0.0.1:\(agent.statusPort)", with: "status_listen = 127.0.0.1:\(taken.port)"))
        agent.signal(SIGHUP)
        try await eventually("the old configuration goes on", within: 20) {
            try agent.log.contains("going on with the old one: [aerostat] status_listen")
        }
        let count = receiver.bodies.count
        try await eventually("polling goes on", within: 20) { receiver.bodies.count >= count + 2 }
        try await agent.polls(1)
        #expect(try await agent.stop().status == 0)
        taken.stop()
        await receiver.stop()
    }

    /// The status endpoint answers through reloads, and neither files nor threads are left of the agents that ended.
    @Test(.timeLimit(.minutes(2)))
    func reloadsLeaveNothingBehind() async throws {
        let receiver = try await SampleReceiver()
        let agent = try await RunningAgent(uri: TestBed.shared().uri(), url: receiver.url, meters: "power.state")
        func footprint() throws -> Footprint? {
            try Footprint(of: agent.identifier, directory: agent.folder.path("state"))
        }
        try await agent.polls(2)
        var before = try #require(try footprint())
        for number in 1...5 {
            // The first reload closes a database, for which Dispatch opens descriptors of its own, once.
            if number == 2 {
                try await agent.polls(2)
                before = try #require(try footprint())
            }
            agent.signal(SIGHUP)
            try await eventually("reload \(number)", within: 20) {
                #expect(await LoopbackClient.get(port: agent.statusPort, path: "/status") != nil)
                return try agent.log.ranges(of: " notice reloaded").count == number
            }
        }
        // A connection is closed beside the polls, and a second one is kept where a guest made libvirt wait.
        try await eventually("files and threads are what they were", within: 60) {
            guard let after = try footprint() else { return false }
            return after.files <= before.files + 2 && after.threads <= before.threads + 4
        }
        try await agent.stop()
        await receiver.stop()
    }
}

extension RunningAgent {
    /// How many cycles were polled so far.
    func polled() async throws -> Int {
        do {
            return try await status().cycles.polled
        } catch is URLError {
            // It does not listen yet.
            return 0
        }
    }
}
