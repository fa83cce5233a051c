import Foundation
import TestServers
import Testing

/// The threads of an agent are there once and for all.
@Suite struct AgentThreadTests {
    private static func threads(of process: pid_t) throws -> [String: String] {
        let tasks = "/proc/\(process)/task"
        var found: [String: String] = [:]
        for id in try FileManager.default.contentsOfDirectory(atPath: tasks) {
            let name = try String(contentsOfFile: "\(tasks)/\(id)/comm", encoding: .utf8)
            found[id] = name.trimmingCharacters(in: .newlines)
        }
        return found
    }

    /// Polls are further apart than the threads of a pool wait for work.
    @Test(.timeLimit(.minutes(2))) func aPollStartsNone() async throws {
        let receiver = try await SampleReceiver()
        let agent = try await RunningAgent(
            uri: TestBed.shared().uri(), url: receiver.url, interval: 6, meters: "memory.usage")
        try await eventually("two polls arrive", within: 40) { receiver.bodies.count >= 2 }
        let before = try Self.threads(of: agent.identifier)
        try await eventually("two more arrive", within: 40) { receiver.bodies.count >= 4 }
        let after = try Self.threads(of: agent.identifier)
        // On a slow host another connection may look into a bulk call that takes long.
        #expect(after.filter { before[$0.key] == nil && $0.value != "libvirt" } == [:])
        #expect(Set(after.values).isSuperset(of: ["agent", "disk", "libvirt", "libvirt-events", "transfer"]))
        // Of Dispatch's pool, whose first thread has it wake once a second from then on.
        #expect(!after.values.contains { $0.hasSuffix("default-qos") }, "\(after)")
        try await agent.stop()
        await receiver.stop()
    }
}
