import Synchronization

/// How this process takes leave of libvirtd: it does not end while it tells a daemon of its subscriptions to events.
///
/// libvirtd 9.0 frees what a client has subscribed to when the client goes, without regard to a thread of its own that is
/// just serving that client, and may die of that (SIGSEGV below remoteClientFreePrivateCallbacks), most of all if that
/// thread adds to it or takes from it.
final class Leave: Sendable {
    /// That of this process.
    static let ofThisProcess = Leave()

    private struct State {
        /// Connections that are being closed.
        var closing = 0
        /// Of these and of those that are being opened, how many are changing their subscriptions.
        var changing = 0
        var isTaken = false
        var waits: [(isOver: @Sendable (State) -> Bool, end: PendingCall<Void>)] = []
    }

    private let state = Mutex(State())

    /// Whether a connection is to be closed, which it is then until `endClosing` is called: not when the process ends, which
    /// closes it without a word.
    func beginClosing() -> Bool {
        state.withLock { state in
            if !state.isTaken { state.closing += 1 }
            return !state.isTaken
        }
    }

    /// It was closed.
    func endClosing() { change { $0.closing -= 1 } }

    /// Whether subscriptions may be changed, until `endChanges` is called: not any more when the process ends.
    func beginChanges() -> Bool {
        state.withLock { state in
            if !state.isTaken { state.changing += 1 }
            return !state.isTaken
        }
    }

    /// All that was to be changed was.
    func endChanges() { change { $0.changing -= 1 } }

    /// Waits until no connection is being closed, at most so long; whether that came to be.
    func closed(within limit: Duration) async -> Bool { await wait(limit) { $0.closing == 0 } }

    /// No change is begun any more. Waits for those that are under way, at most so long; whether they ended.
    func take(within limit: Duration) async -> Bool {
        state.withLock { $0.isTaken = true }
        return await wait(limit) { $0.changing == 0 }
    }

    private func wait(_ limit: Duration, until isOver: @escaping @Sendable (State) -> Bool) async -> Bool {
        let end = PendingCall<Void>(census: CallCensus())
        let isOverNow = state.withLock { state in
            guard !isOver(state) else { return true }
            state.waits.append((isOver, end))
            return false
        }
        if isOverNow { return true }
        if case .answered = await end.answer(within: limit) { return true }
        state.withLock { state in state.waits.removeAll { $0.end === end } }
        return false
    }

    private func change(_ body: (inout State) -> Void) {
        let ends = state.withLock { state in
            body(&state)
            let now = state
            let over = state.waits.filter { $0.isOver(now) }
            state.waits.removeAll { $0.isOver(now) }
            return over.map(\.end)
        }
        for end in ends { end.finish(()) }
    }
}
