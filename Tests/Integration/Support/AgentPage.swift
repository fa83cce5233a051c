import Foundation
import TestServers

/// The status page, with what faults show on it.
struct AgentPage: Decodable {
    let healthy: Bool
    let problems: [String: String]
    let cycles: Cycles
    let last_cycle: LastCycle?
    let libvirt: Libvirt?
    let queues: [Queue]

    struct Cycles: Decodable {
        let polled: Int
        let failed: Int
        let missed: Int
    }

    struct LastCycle: Decodable {
        let at: String
    }

    struct Libvirt: Decodable {
        let calls_left_behind: Int
    }

    struct Queue: Decodable {
        let publisher: String
        let waiting_payloads: Int
        let waiting_bytes: Int
        let in_memory_payloads: Int
        let quarantined_payloads: Int
        let dropped_samples: Int
    }

    /// The collector's queue.
    var queue: Queue? { queues.first { $0.publisher.hasPrefix("http") } }

    /// Payloads that wait for the collector on disk.
    var onDisk: Int { queue.map { $0.waiting_payloads - $0.in_memory_payloads } ?? 0 }

    var inMemory: Int { queue?.in_memory_payloads ?? 0 }
    var waiting: Int { queue?.waiting_payloads ?? 0 }

    /// What is wrong with the disk, in the agent's words.
    var diskProblem: String? { problems["disk"] }
}

extension RunningAgent {
    /// The status page; `nil` while the agent does not answer, or says that it is starting or ending.
    func page() async throws -> AgentPage? {
        guard let body = await LoopbackClient.get(port: statusPort, path: "/status") else { return nil }
        return try JSONDecoder().decode(AgentPage.self, from: Data(body))
    }

    /// The status of `/health`; `nil` while the agent does not answer.
    func health() async -> Int? { await LoopbackClient.answer(port: statusPort, path: "/health")?.status }

    /// Waits until the status page shows something.
    @discardableResult
    func shows(
        _ what: String, within seconds: Double, _ condition: (AgentPage) -> Bool
    ) async throws -> AgentPage {
        var last: AgentPage?
        do {
            try await eventually(what, within: seconds) {
                guard let page = try await page() else { return false }
                last = page
                return condition(page)
            }
        } catch let error as CommandError {
            throw CommandError(description: "\(error); the status page: \(last.map { "\($0)" } ?? "none")")
        }
        guard let last else { throw CommandError(description: "no status page: \(what)") }
        return last
    }

    /// The lines of the log that have all these parts.
    func lines(_ parts: String...) throws -> [String] {
        try log.split(separator: "\n").map(String.init).filter { line in parts.allSatisfy { line.contains($0) } }
    }

    /// Ends it as a power cut would.
    func die() async throws {
        signal(SIGKILL)
        try await eventually("the agent is dead", within: 10) { !isRunning }
    }
}
