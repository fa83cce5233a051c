import Synchronization

/// Counts the connections that are open, so that a process can end after them.
final class ConnectionCensus: Sendable {
    private struct State {
        var open = 0
        var wait: (limit: Int, end: PendingCall<Void>)?
    }

    private let state = Mutex(State())

    func opened() { state.withLock { $0.open += 1 } }

    func closed() {
        let end: PendingCall<Void>? = state.withLock { state in
            state.open -= 1
            guard let wait = state.wait, state.open <= wait.limit else { return nil }
            state.wait = nil
            return wait.end
        }
        end?.finish(())
    }

    /// Waits until no more than `limit` are open, at most so long; whether that came to be. For one task at a time.
    func decrease(to limit: Int, within patience: Duration) async -> Bool {
        let end = PendingCall<Void>(census: CallCensus())
        let isReached = state.withLock { state in
            if state.open > limit { state.wait = (limit, end) }
            return state.open <= limit
        }
        if isReached { return true }
        if case .answered = await end.answer(within: patience) { return true }
        return false
    }
}
