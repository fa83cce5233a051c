/// Runs what may block for ever on a thread of its own, and waits for it, but no longer than `limit`: then there is `nil`,
/// and the thread goes on. Blocks; for tasks there is `offPool`.
public func onOwnThread<Value: Sendable>(
    within limit: Duration, _ body: @escaping @Sendable () -> Value
) -> Value? {
    let result = Monitor(Value?.none)
    startOccasionalThread(named: "blocking") {
        let value = body()
        result.change { $0 = value }
    }
    let deadline = MonotonicTime.now + limit
    return result.wait { value in
        if let value { return .value(value) }
        return MonotonicTime.now >= deadline ? .value(nil) : .nothing(until: deadline)
    }
}
