import Threads

/// Makes blocking calls one after the other on a thread that can be left behind: a call that overruns its deadline goes
/// on without anybody waiting, and its lane is given up with it.
final class CallLane: Sendable {
    private let thread = WorkThread(named: "libvirt")
    private let census: CallCensus

    /// A lane whose unanswered calls are counted in `census`.
    init(census: CallCensus) {
        self.census = census
    }

    /// Begins to run `body` on the lane's thread.
    func start<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> PendingCall<Value> {
        let call = PendingCall<Value>(census: census)
        thread.start { call.finish(body()) }
        return call
    }

    /// Runs `body` on the lane's thread and waits for it at most until `deadline`.
    ///
    /// If it is overdue the caller must not use the lane again. `late` is given the result if there is one some day.
    func call<Value: Sendable>(
        deadline: Duration, late: @escaping @Sendable (Value) -> Void = { _ in },
        _ body: @escaping @Sendable () -> Value
    ) async -> CallOutcome<Value> {
        let call = start(body)
        if case .answered(let value) = await call.answer(within: deadline) { return .answered(value) }
        return call.leaveBehind(late: late)
    }
}
