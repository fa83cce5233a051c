import Outbox

/// The pages of one agent, made of what it has published last. Any thread may ask; none waits for the agent.
struct StatusPages: Sendable {
    /// The agent's state.
    let snapshot: @Sendable () -> StatusSnapshot
    /// The queues' counters.
    let queues: @Sendable () -> [QueueSnapshot]

    /// The body of `/status`, in JSON, in parts.
    func status() -> [[UInt8]] { snapshot().json(queues: queues(), at: .now) }

    /// What is wrong, by its topic; empty: `/health` says that all is well.
    func problems() -> [String: String] { snapshot().problems(at: .now) }

    /// The name that the agent has for its host.
    var host: String { snapshot().report.host }
}
