import Synchronization

/// Runs `body` in a task of its own and waits for its end, at most so long, also if the caller is cancelled. False if it
/// has not ended by then; it goes on without anybody waiting.
public func finishes(within limit: Duration, _ body: @escaping @Sendable () async -> Void) async -> Bool {
    await withCheckedContinuation { continuation in
        let wait = FirstEnd(continuation)
        let alarm = TaskThread.agent.after(limit) { wait.end(false) }
        Task {
            await body()
            TaskThread.agent.callOff(alarm)
            wait.end(true)
        }
    }
}

/// Resumes a continuation once, whatever comes first.
private final class FirstEnd: Sendable {
    private let waiting: Mutex<CheckedContinuation<Bool, Never>?>

    init(_ continuation: CheckedContinuation<Bool, Never>) {
        waiting = Mutex(continuation)
    }

    func end(_ value: Bool) {
        let continuation = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        continuation?.resume(returning: value)
    }
}
