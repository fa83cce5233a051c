/// Lets so many through at once; the others wait in their order.
actor RequestGate {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// A gate for at least one.
    init(limit: Int) { free = max(1, limit) }

    /// Does that when it is its turn. Whoever is cancelled gets its turn all the same, and finds out itself.
    func pass<T: Sendable, Failure: Error>(_ work: @Sendable () async throws(Failure) -> T) async throws(Failure) -> T {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
        defer {
            if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
        }
        return try await work()
    }
}
