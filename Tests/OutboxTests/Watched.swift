import Synchronization

/// A value that tests wait for, without sleeping.
final class Watched<Value: Sendable>: Sendable {
    private struct Waiter: Sendable {
        let isDue: @Sendable (Value) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State: Sendable {
        var value: Value
        var waiters: [Int: Waiter] = [:]
        var cancelled: Set<Int> = []
        var next = 0
    }

    private let state: Mutex<State>

    init(_ value: Value) {
        state = Mutex(State(value: value))
    }

    var value: Value { state.withLock { $0.value } }

    /// Changes the value and wakes those who waited for it.
    @discardableResult
    func change<Result: Sendable>(_ body: @Sendable (inout Value) -> Result) -> Result {
        let (result, due) = state.withLock { state in
            let result = body(&state.value)
            let due = state.waiters.filter { $0.value.isDue(state.value) }
            for key in due.keys { state.waiters[key] = nil }
            return (result, due.values.map(\.continuation))
        }
        for continuation in due { continuation.resume() }
        return result
    }

    /// Waits until the value is so; a test's time limit ends it.
    func wait(until isDue: @escaping @Sendable (Value) -> Bool) async {
        let key = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await waitUncancelled(key, until: isDue)
        } onCancel: {
            state.withLock { state in
                state.cancelled.insert(key)
                return state.waiters.removeValue(forKey: key)?.continuation
            }?.resume()
        }
    }

    /// Waits until the value is so, whatever becomes of the task.
    func waitUncancelled(until isDue: @escaping @Sendable (Value) -> Bool) async {
        let key = state.withLock { state in
            state.next += 1
            return state.next
        }
        await waitUncancelled(key, until: isDue)
    }

    private func waitUncancelled(_ key: Int, until isDue: @escaping @Sendable (Value) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isNow = state.withLock { state in
                if isDue(state.value) || state.cancelled.contains(key) { return true }
                state.waiters[key] = Waiter(isDue: isDue, continuation: continuation)
                return false
            }
            if isNow { continuation.resume() }
        }
    }
}
