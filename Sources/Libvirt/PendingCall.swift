import Synchronization
import Threads

/// What came of a call.
enum CallOutcome<Value: Sendable>: Sendable {
    case answered(Value)
    case overdue
}

/// A call that is under way. It can be waited for several times, by one task at a time, and then be left behind.
final class PendingCall<Value: Sendable>: Sendable {
    private enum State {
        case running
        case awaited(CheckedContinuation<CallOutcome<Value>, Never>, wait: Int, TaskThread.Alarm?)
        case answered(Value)
        case leftBehind(late: @Sendable (Value) -> Void)
    }

    private let state = Mutex((state: State.running, waits: 0))
    private let census: CallCensus

    init(census: CallCensus) {
        self.census = census
    }

    /// Waits for the answer, at most so long.
    func answer(within limit: Duration) async -> CallOutcome<Value> {
        await withCheckedContinuation { continuation in
            let (known, wait): (Value?, Int) = state.withLock { state in
                if case .answered(let value) = state.state { return (value, 0) }
                state.waits += 1
                state.state = .awaited(continuation, wait: state.waits, nil)
                return (nil, state.waits)
            }
            if let known { return continuation.resume(returning: .answered(known)) }
            let alarm = TaskThread.agent.after(limit) { self.giveUp(wait: wait) }
            let isAwaited = state.withLock { state in
                guard case .awaited(let continuation, wait, _) = state.state else { return false }
                state.state = .awaited(continuation, wait: wait, alarm)
                return true
            }
            if !isAwaited { TaskThread.agent.callOff(alarm) }
        }
    }

    /// Waits no more: the call is counted until it returns, and `late` is given its value then. If it has just been
    /// answered, it is not left behind, and the answer is returned.
    func leaveBehind(late: @escaping @Sendable (Value) -> Void = { _ in }) -> CallOutcome<Value> {
        state.withLock { state in
            if case .answered(let value) = state.state { return .answered(value) }
            state.state = .leftBehind(late: late)
            // Before anybody can see that it was left behind.
            census.leftBehind()
            return .overdue
        }
    }

    func finish(_ value: Value) {
        let next = state.withLock { state in
            let last = state.state
            state.state = .answered(value)
            return last
        }
        switch next {
        case .running, .answered: break
        case .awaited(let continuation, _, let alarm):
            if let alarm { TaskThread.agent.callOff(alarm) }
            continuation.resume(returning: .answered(value))
        case .leftBehind(let late):
            census.returned()
            late(value)
        }
    }

    private func giveUp(wait: Int) {
        let continuation: CheckedContinuation<CallOutcome<Value>, Never>? = state.withLock { state in
            guard case .awaited(let continuation, wait, _) = state.state else { return nil }
            state.state = .running
            return continuation
        }
        continuation?.resume(returning: .overdue)
    }
}
