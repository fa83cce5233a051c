import Synchronization
import Threads

/// Waits for a value for a limited time; what comes later is told so.
final class PatientWait<Value: Sendable>: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<Value?, Never>, TaskThread.Alarm?)
        case given(Value)
        case over
    }

    private let state = Mutex(State.new)

    /// Gives the value. False if the wait is over.
    func give(_ value: Value) -> Bool {
        let last = state.withLock { state in
            let last = state
            if case .new = state { state = .given(value) } else { state = .over }
            return last
        }
        switch last {
        case .new: return true
        case .waiting(let continuation, let alarm):
            if let alarm { TaskThread.agent.callOff(alarm) }
            continuation.resume(returning: value)
            return true
        case .given, .over: return false
        }
    }

    /// Waits for the value; `nil` if it does not come in time. To be called once.
    func wait(_ patience: Duration) async -> Value? {
        await withCheckedContinuation { continuation in
            let given: Value? = state.withLock { state in
                if case .given(let value) = state {
                    state = .over
                    return value
                }
                state = .waiting(continuation, nil)
                return nil
            }
            if let given { return continuation.resume(returning: given) }
            let alarm = TaskThread.agent.after(patience) { self.expire() }
            let isOver = state.withLock { state in
                guard case .waiting(let continuation, _) = state else { return true }
                state = .waiting(continuation, alarm)
                return false
            }
            if isOver { TaskThread.agent.callOff(alarm) }
        }
    }

    private func expire() {
        let last = state.withLock { state in
            defer { state = .over }
            return state
        }
        if case .waiting(let continuation, _) = last { continuation.resume(returning: nil) }
    }
}

/// Something that is done once.
final class Once: Sendable {
    private let state = Mutex(false)

    /// Whether it is to be done: true for the first one that asks.
    func take() -> Bool {
        state.withLock { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
    }
}
