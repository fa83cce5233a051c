/// What the status endpoint tells, of one agent.
struct StatusPages: Sendable {
    /// The body of `/status`, in JSON.
    let status: @Sendable () async -> [UInt8]
    /// What is wrong, by its topic; empty: `/health` says that all is well.
    let problems: @Sendable () async -> [String: String]
}
