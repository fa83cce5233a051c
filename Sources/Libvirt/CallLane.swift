import Dispatch
import Synchronization

/// Makes blocking calls one after the other on a thread that can be left behind: a call that overruns its deadline goes
/// on without anybody waiting, and its lane is given up with it.
final class CallLane: Sendable {
    private let queue: DispatchQueue
    private let census: CallCensus

    /// A lane whose unanswered calls are counted in `census`.
    init(census: CallCensus) {
        self.census = census
        // A queue of its own, and so a thread of its own while it works: never the cooperative pool's.
        queue = DispatchQueue(label: "aerostat.libvirt")
    }

    /// What came of a call.
    enum Outcome<Value: Sendable>: Sendable {
        case answered(Value)
        case overdue
    }

    /// Runs `body` on the lane's thread and waits for it at most until `deadline`.
    ///
    /// If it is overdue the caller must not use the lane again. `late` is given the result if there is one some day.
    func call<Value: Sendable>(
        deadline: Duration, late: @escaping @Sendable (Value) -> Void = { _ in },
        _ body: @escaping @Sendable () -> Value
    ) async -> Outcome<Value> {
        let race = Race<Value>()
        let census = census
        return await withCheckedContinuation { continuation in
            race.start(continuation)
            queue.async {
                let value = body()
                if !race.finish(.answered(value)) {
                    census.returned()
                    late(value)
                }
            }
            let timer = DispatchQueue.global(qos: .userInitiated)
            timer.asyncAfter(deadline: .now() + deadline.dispatchInterval) {
                race.finish(.overdue) { census.leftBehind() }
            }
        }
    }
}

/// One of two answers counts: the first.
private final class Race<Value: Sendable>: Sendable {
    private let waiting = Mutex<CheckedContinuation<CallLane.Outcome<Value>, Never>?>(nil)

    func start(_ continuation: CheckedContinuation<CallLane.Outcome<Value>, Never>) {
        waiting.withLock { $0 = continuation }
    }

    /// Answers, unless that has been done. `first` runs before anybody can see the answer.
    @discardableResult
    func finish(_ outcome: CallLane.Outcome<Value>, first: () -> Void = {}) -> Bool {
        waiting.withLock { waiting in
            guard let continuation = waiting else { return false }
            waiting = nil
            first()
            continuation.resume(returning: outcome)
            return true
        }
    }
}

extension Duration {
    fileprivate var dispatchInterval: DispatchTimeInterval {
        let (seconds, attoseconds) = components
        return .nanoseconds(Int(clamping: Int128(seconds) * 1_000_000_000 + Int128(attoseconds / 1_000_000_000)))
    }
}
