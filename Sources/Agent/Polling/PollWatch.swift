import Synchronization
import Threads

/// Sees that polls are completed, whatever a poll that is not may wait for. It is asked when somebody wants to know, from
/// any thread, and by a clock that is never set.
final class PollWatch: Sendable {
    /// The time since any fixed moment, by a clock that is never set and stands while the host is suspended.
    static let uptime: @Sendable () -> Duration = { .nanoseconds(MonotonicTime.now.nanoseconds) }

    /// How long a poll may take beyond its interval before it counts as hung.
    static let margin = Duration.seconds(5)

    private struct State {
        /// When the last poll was completed, or the watch began.
        var completed: Duration
        /// When the next must be; `nil`: never.
        var limit: Duration?
        /// In seconds.
        var interval = 0
        var alarm: TaskThread.Alarm?
    }

    private let state: Mutex<State>
    private let now: @Sendable () -> Duration
    private let overdue: @Sendable (String) -> Void

    /// A watch by the clock `now`. `overdue` is called on the thread of tasks, once for each poll that is not completed in
    /// time, with the problem's words.
    init(
        now: @escaping @Sendable () -> Duration = PollWatch.uptime,
        overdue: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.now = now
        self.overdue = overdue
        state = Mutex(State(completed: now()))
    }

    /// All polls so far are completed, and the next is due after `wait`, by a task of that interval in seconds: it must be
    /// completed an interval and the margin later.
    func expect(after wait: Duration, interval: Int) {
        let limit = max(.zero, wait) + .seconds(interval) + Self.margin
        let alarm = TaskThread.agent.after(limit) { [weak self] in
            guard let self, let problem else { return }
            overdue(problem)
        }
        set(limit: now() + limit, interval, alarm)
    }

    /// No poll is to be expected any more.
    func end() { set(limit: nil, 0, nil) }

    private func set(limit: Duration?, _ interval: Int, _ alarm: TaskThread.Alarm?) {
        let present = now()
        let last = state.withLock { state in
            defer { state = State(completed: present, limit: limit, interval: interval, alarm: alarm) }
            return state.alarm
        }
        if let last { TaskThread.agent.callOff(last) }
    }

    /// What is wrong at this moment; `nil`: nothing.
    var problem: String? {
        let state = state.withLock { $0 }
        let present = now()
        guard let limit = state.limit, present >= limit else { return nil }
        return
            "no poll has been completed for \(Int((present - state.completed) / .seconds(1))) s, and one is due every "
            + "\(state.interval) s; check libvirtd and the disk of [aerostat] state_path"
    }
}
