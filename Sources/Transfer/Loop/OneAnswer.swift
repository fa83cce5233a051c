import Synchronization
import Threads

/// One wait, which several threads may end: the first answer counts, the others are dropped.
final class OneAnswer<Value: Sendable>: Sendable {
    private enum State {
        /// Nobody waits yet.
        case new
        case waiting(CheckedContinuation<Value, Never>, TaskThread.Alarm?)
        /// The answer, until somebody has it.
        case answered(Value?)
    }

    private let state = Mutex(State.new)
    private let hasBegun = Atomic(false)

    /// Whether somebody has begun to see to it.
    var isUnderWay: Bool { hasBegun.load(ordering: .relaxed) }
    /// Whether it is over.
    var isAnswered: Bool {
        state.withLock { state in
            if case .answered = state { true } else { false }
        }
    }

    /// Notes that somebody has begun to see to it.
    func begin() { hasBegun.store(true, ordering: .relaxed) }

    /// Resumes the continuation with the answer. False if it was there already.
    func wait(_ continuation: CheckedContinuation<Value, Never>) -> Bool {
        let early: Value? = state.withLock { state in
            guard case .answered(let value) = state else {
                state = .waiting(continuation, nil)
                return nil
            }
            state = .answered(nil)
            return value
        }
        if let early { continuation.resume(returning: early) }
        return early == nil
    }

    /// Sets what ends the wait at some time, in the place of what would have before.
    func set(_ alarm: TaskThread.Alarm) {
        let old: TaskThread.Alarm? = state.withLock { state in
            guard case .waiting(let continuation, let old) = state else { return alarm }
            state = .waiting(continuation, alarm)
            return old
        }
        if let old { TaskThread.agent.callOff(old) }
    }

    /// Ends the wait.
    func answer(_ value: Value) {
        let last = state.withLock { state in
            let last = state
            switch last {
            case .new: state = .answered(value)
            case .waiting: state = .answered(nil)
            case .answered: break
            }
            return last
        }
        guard case .waiting(let continuation, let alarm) = last else { return }
        continuation.resume(returning: value)
        if let alarm { TaskThread.agent.callOff(alarm) }
    }
}

typealias TransferOutcome = Result<TransferResponse, TransferError>
/// Identifies a transfer, and takes what comes of it.
typealias TransferTicket = OneAnswer<TransferOutcome>
