import CThreads
import Synchronization

/// A thread that runs tasks, and keeps time for them.
///
/// An agent does little, and long after: whenever it does something, the threads of Swift's own pool, which is
/// Dispatch's, have ended for lack of work and are made anew, each step of a poll wakes another one of them, and Dispatch
/// looks once a second whether it needs more. Here a poll goes from step to step on a thread that is there.
///
/// Nothing that tasks run may block: that is for `WorkThread` and `offPool`.
public final class TaskThread: Sendable {
    /// The one of all tasks and timers of an agent.
    public static let agent = TaskThread(named: "agent")

    private struct Queue {
        var jobs: [UnownedJob] = []
        /// The next to come stands last.
        var timers: [Timer] = []
        var lastTimer = 0

        mutating func takeDue() -> [@Sendable () -> Void] {
            guard let next = timers.last else { return [] }
            let now = MonotonicTime.now
            guard next.due <= now else { return [] }
            var bodies: [@Sendable () -> Void] = []
            while let next = timers.last, next.due <= now { bodies.append(timers.removeLast().body) }
            return bodies
        }
    }

    private struct Timer {
        let id: Int
        let due: MonotonicTime
        let body: @Sendable () -> Void
    }

    private let queue = Monitor(Queue())

    private init(named name: String) {
        startThread(named: name) { [queue] in Self.run(queue) }
    }

    /// Has every task of the process run on the agent's thread, also those of libraries. To be called on the main thread
    /// before there are any; for a process that does much at once it would be wrong.
    public static func runAllTasks() {
        typealias Enqueue = @convention(thin) (UnownedJob, UnsafeRawPointer) -> Void
        let enqueue: Enqueue = { job, _ in TaskThread.agent.enqueue(job) }
        enqueue_tasks_with(unsafeBitCast(enqueue, to: UnsafeMutableRawPointer.self))
        SpareThread.prepare()
    }

    private func enqueue(_ job: UnownedJob) {
        queue.change { $0.jobs.append(job) }
    }

    /// As the pool's threads do: without an executor (SerialExecutorRef::generic() in the runtime's Executor.h), so that a
    /// task that calls an actor which nobody uses goes on at once.
    private static var noExecutor: UnownedSerialExecutor {
        unsafeBitCast((0, 0) as (UInt, UInt), to: UnownedSerialExecutor.self)
    }

    private static func run(_ queue: Monitor<Queue>) {
        while true {
            let (jobs, bodies): ([UnownedJob], [@Sendable () -> Void]) = queue.wait { queue in
                let bodies = queue.takeDue()
                guard !queue.jobs.isEmpty || !bodies.isEmpty else { return .nothing(until: queue.timers.last?.due) }
                defer { queue.jobs = [] }
                return .value((queue.jobs, bodies))
            }
            for body in bodies { body() }
            for job in jobs { job.runSynchronously(on: noExecutor) }
        }
    }
}

extension TaskThread {
    /// Something that is to be done in a while.
    public struct Alarm: Sendable {
        fileprivate let id: Int
    }

    /// Has the thread run `body` in so long, unless that is called off. Time in which the host is suspended does not count.
    public func after(_ delay: Duration, _ body: @escaping @Sendable () -> Void) -> Alarm {
        let due = MonotonicTime.now + delay
        return queue.change { queue in
            queue.lastTimer += 1
            let place = queue.timers.lastIndex { $0.due > due }.map { $0 + 1 } ?? 0
            queue.timers.insert(Timer(id: queue.lastTimer, due: due, body: body), at: place)
            return Alarm(id: queue.lastTimer)
        }
    }

    /// Calls something off; too late if it is being done.
    public func callOff(_ alarm: Alarm) {
        // The thread may wake for nothing when it would have been due, but not now.
        // What it holds is let go of outside: that may call, too.
        _ = queue.change(wakes: false) { queue in
            queue.timers.firstIndex { $0.id == alarm.id }.map { queue.timers.remove(at: $0) }
        }
    }

    /// Waits so long. Throws if the task is cancelled before it is over, or was.
    public func sleep(for duration: Duration) async throws(CancellationError) {
        let sleep = Sleep()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard sleep.begin(continuation) else { return }
                let alarm = after(duration) { sleep.end() }
                if !sleep.set(alarm) { callOff(alarm) }
            }
        } onCancel: {
            if let alarm = sleep.end() { callOff(alarm) }
        }
        if Task.isCancelled { throw CancellationError() }
    }

    /// Waits until then, likewise.
    public func sleep(until instant: ContinuousClock.Instant) async throws(CancellationError) {
        try await sleep(for: instant - .now)
    }
}

/// A task that waits for time to pass.
private final class Sleep: Sendable {
    private enum State {
        case new
        case sleeping(CheckedContinuation<Void, Never>, TaskThread.Alarm?)
        case over
    }

    private let state = Mutex(State.new)

    /// False if it is over, and nobody waits.
    func begin(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
        let isOver = state.withLock { state in
            guard case .new = state else { return true }
            state = .sleeping(continuation, nil)
            return false
        }
        if isOver { continuation.resume() }
        return !isOver
    }

    /// What will end it; false if it is over.
    func set(_ alarm: TaskThread.Alarm) -> Bool {
        state.withLock { state in
            guard case .sleeping(let continuation, _) = state else { return false }
            state = .sleeping(continuation, alarm)
            return true
        }
    }

    /// Ends it; returns what else would have.
    @discardableResult
    func end() -> TaskThread.Alarm? {
        let last = state.withLock { state in
            defer { state = .over }
            return state
        }
        guard case .sleeping(let continuation, let alarm) = last else { return nil }
        continuation.resume()
        return alarm
    }
}
