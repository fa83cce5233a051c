/// A thread for what blocks: calls to libvirt, to the disk. One thing after the other, in order.
///
/// Not a queue of Dispatch's: its threads end after five seconds without work, so that an agent that polls every ten
/// would make its threads anew in each poll.
public final class WorkThread: Sendable {
    private struct Work {
        var bodies: [@Sendable () -> Void] = []
        var hasThread = false
        var isEnded = false
    }

    private let name: String
    private let work = Monitor(Work())

    /// A thread that is started when there is something to do. It ends when nobody has this object any more and all that
    /// was begun is done.
    public init(named name: String) {
        self.name = name
    }

    deinit {
        work.change { $0.isEnded = true }
    }

    /// Has the thread run `body` after all that it was given before.
    public func start(_ body: @escaping @Sendable () -> Void) {
        let isFirst = work.change { work in
            work.bodies.append(body)
            defer { work.hasThread = true }
            return !work.hasThread
        }
        guard isFirst else { return }
        let work = work
        if tryStartThread(named: name, { Self.run(work) }) != 0 { SpareThread.run { Self.runOnce(work) } }
    }

    /// Has the thread run `body`, and waits for what comes of it, also if the task is cancelled.
    public func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result = await withCheckedContinuation { continuation in
            start { continuation.resume(returning: Result { () throws(Failure) in try body() }) }
        }
        return try result.get()
    }

    /// Does what there is to do on another thread, as none of its own can be had; the next work tries again to get one.
    private static func runOnce(_ work: Monitor<Work>) {
        while true {
            let bodies: [@Sendable () -> Void] = work.change { work in
                if work.bodies.isEmpty { work.hasThread = false }
                defer { work.bodies = [] }
                return work.bodies
            }
            if bodies.isEmpty { return }
            for body in bodies { body() }
        }
    }

    private static func run(_ work: Monitor<Work>) {
        while true {
            let bodies: [@Sendable () -> Void] = work.wait { work in
                guard work.bodies.isEmpty else {
                    defer { work.bodies = [] }
                    return .value(work.bodies)
                }
                return work.isEnded ? .value([]) : .nothing(until: nil)
            }
            if bodies.isEmpty { return }
            for body in bodies { body() }
        }
    }
}
