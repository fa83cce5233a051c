import Foundation
import FoundationNetworking
import Glibc
import Testing

/// The agent dies without warning, again and again: 5 times, 100 times with `Tests/run.sh --full`.
@Suite struct KillTests {
    private static var rounds: Int { ProcessInfo.processInfo.environment["AEROSTAT_TEST_FULL"] == nil ? 5 : 100 }

    /// While the collector refuses: what the status page once showed as waiting is never missing afterwards.
    @Test(.timeLimit(.minutes(15)))
    func whatWaitsOutlivesEveryDeath() async throws {
        let receiver = try await SampleReceiver()
        receiver.refuse(503)
        let folder = try TemporaryFolder()
        let uri = try await TestBed.shared().uri()
        var waiting = 0
        for _ in 0..<Self.rounds {
            let agent = try await RunningAgent(uri: uri, url: receiver.url, meters: "power.state", in: folder)
            let before = waiting
            try await eventually("another payload waits", within: 30) {
                waiting = max(waiting, try await agent.waitingPayloads())
                return waiting > before
            }
            agent.signal(SIGKILL)
            try await eventually("the agent is dead", within: 10) { !agent.isRunning }
        }
        #expect(receiver.samples.isEmpty)
        receiver.refuse(nil)
        let last = try await RunningAgent(uri: uri, url: receiver.url, meters: "power.state", in: folder)
        try await eventually("all that waited arrives", within: 60) { receiver.bodies.count >= waiting }
        try await last.stop()
        let idle = try await TestBed.shared().uuid("idle")
        let samples = try #require(receiver.samples(of: idle)["power.state"])
        #expect(samples.count >= waiting)
        #expect(samples.map(\.timestamp) == samples.map(\.timestamp).sorted())
        // One request may have been under way when the collector began to take samples again.
        #expect(samples.count - Set(samples.map(\.id)).count <= 1)
        await receiver.stop()
    }

    /// While the collector takes everything: a death costs at most one payload that is sent twice, and none that is lost.
    @Test(.timeLimit(.minutes(15)))
    func aDeathDoublesOnePayloadAtMost() async throws {
        let receiver = try await SampleReceiver()
        let folder = try TemporaryFolder()
        let uri = try await TestBed.shared().uri()
        for _ in 0..<Self.rounds {
            let agent = try await RunningAgent(uri: uri, url: receiver.url, meters: "power.state", in: folder)
            let bodies = receiver.bodies.count
            try await eventually("a payload arrives", within: 30) { receiver.bodies.count > bodies }
            // At the moment at which the answer is on its way, where a death is most awkward.
            agent.signal(SIGKILL)
            try await eventually("the agent is dead", within: 10) { !agent.isRunning }
        }
        let last = try await RunningAgent(uri: uri, url: receiver.url, meters: "power.state", in: folder)
        try await eventually("nothing waits", within: 60) { try await last.waitingPayloads() == 0 }
        try await last.stop()
        let idle = try await TestBed.shared().uuid("idle")
        let samples = try #require(receiver.samples(of: idle)["power.state"])
        let doubled = samples.count - Set(samples.map(\.id)).count
        #expect(doubled <= Self.rounds)
        #expect(samples.map(\.timestamp) == samples.map(\.timestamp).sorted())
        await receiver.stop()
    }
}

extension RunningAgent {
    /// How many payloads wait on disk; -1 while the agent does not listen yet.
    func waitingPayloads() async throws -> Int {
        do {
            return try await status().queues.reduce(0) { $0 + $1.waiting_payloads }
        } catch is URLError {
            return -1
        }
    }
}
