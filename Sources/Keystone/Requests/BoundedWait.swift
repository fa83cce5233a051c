import Threads

/// Waiting for tasks that others have begun, but not for ever.
package enum BoundedWait {
    /// Waits until all tasks have ended, the time is up, or the caller is cancelled. The tasks go on.
    package static func all(_ tasks: [Task<Void, Never>], within limit: Duration) async {
        guard !tasks.isEmpty, limit > .zero else { return }
        let (end, continuation) = AsyncStream<Void>.makeStream()
        let all = Task {
            for task in tasks { await task.value }
            continuation.finish()
        }
        let timer = Task {
            do {
                try await TaskThread.agent.sleep(for: limit)
                continuation.finish()
            } catch {
                // Everything has ended before.
            }
        }
        for await _ in end {}
        timer.cancel()
        all.cancel()
    }
}
