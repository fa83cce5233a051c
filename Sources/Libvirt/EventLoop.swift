import CLibvirt
import Glibc
import Synchronization
import Threads

/// The loop that libvirt needs for keep-alive and events (`virEventRegisterImpl`), on epoll(7).
///
/// Not libvirt's own: a call over a connection takes the connection's socket out of the loop and puts it back, and
/// libvirt's own loop, which is GLib's, wakes its thread several times for that. epoll takes both from any thread.
///
/// The rules are those of libvirt-event.h: what is removed is freed later, by the loop's thread, and callbacks are called
/// without a lock, so that they may add, update and remove.
final class EventLoop: Sendable {
    private struct Handle {
        let descriptor: CInt
        /// `VIR_EVENT_HANDLE_*`; none while it is out of the loop.
        var events: CInt
        let callback: virEventHandleCallback
        let context: Context
    }

    private struct Timer {
        /// Milliseconds between two calls; negative: none.
        var interval: CInt
        var due: MonotonicTime?
        let callback: virEventTimeoutCallback
        let context: Context

        init(interval: CInt, callback: @escaping virEventTimeoutCallback, context: Context) {
            self.interval = interval
            self.callback = callback
            self.context = context
            wind()
        }

        mutating func wind() {
            due = interval < 0 ? nil : .now + .milliseconds(Int64(interval))
        }
    }

    /// What a callback is given. `@unchecked Sendable`: it is libvirt's, whose callbacks take locks of their own.
    private struct Context: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer?
        let free: virFreeCallback?
    }

    private struct State {
        var handles: [CInt: Handle] = [:]
        var timers: [CInt: Timer] = [:]
        /// Not freed yet.
        var removed: [Context] = []
        var lastID: CInt = 0
        var isAsleep = false
        /// When the thread wakes if nothing happens; `nil`: never.
        var wakesAt: MonotonicTime?

        mutating func newID() -> CInt {
            lastID += 1
            return lastID
        }

        var nextDue: MonotonicTime? { timers.values.lazy.compactMap(\.due).min() }

        /// Whether the thread sleeps beyond the moment at which a timer is due.
        func wakesLate(for timer: Timer) -> Bool {
            guard isAsleep, let due = timer.due else { return false }
            return wakesAt.map { due < $0 } ?? true
        }
    }

    private let state = Mutex(State())
    private let poll: CInt
    private let bell: CInt
    /// What the bell is called in the poll; handles are counted from 1.
    private static let bellID: CInt = 0

    /// A loop that does not run yet; `nil` if the process may open no more files.
    init?() {
        poll = epoll_create1(CInt(EPOLL_CLOEXEC))
        bell = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        guard poll >= 0, bell >= 0, control(EPOLL_CTL_ADD, bell, Self.bellID, CInt(VIR_EVENT_HANDLE_READABLE.rawValue))
        else {
            if poll >= 0 { close(poll) }
            if bell >= 0 { close(bell) }
            return nil
        }
    }

    /// Runs on the calling thread, for ever.
    func run() -> Never {
        while true { runOnce() }
    }

    /// Waits until something happens, and sees to it.
    func runOnce() {
        let limit = state.withLock { state -> CInt in
            guard state.removed.isEmpty else { return 0 }
            state.isAsleep = true
            state.wakesAt = state.nextDue
            return state.wakesAt?.millisecondsLeft ?? -1
        }
        var ready = [epoll_event](repeating: epoll_event(), count: 16)
        let count = epoll_wait(poll, &ready, CInt(ready.count), limit)
        // What fails at once, for ever, must not take a whole processor.
        if count < 0, errno != EINTR { sleep(1) }
        state.withLock { $0.isAsleep = false }
        for event in ready.prefix(max(0, Int(count))) { see(to: event) }
        fireTimers()
        free()
    }

    /// Whether its thread waits, for tests.
    var isAsleep: Bool { state.withLock { $0.isAsleep } }

    private func see(to event: epoll_event) {
        let id = CInt(truncatingIfNeeded: event.data.u64)
        guard id != Self.bellID else {
            var rings: UInt64 = 0
            _ = read(bell, &rings, MemoryLayout.size(ofValue: rings))
            return
        }
        // It may have been removed or changed meanwhile; what it is called with is freed after this only.
        guard let handle = state.withLock({ $0.handles[id] }), handle.events != 0 else { return }
        let events = Self.libvirtEvents(event.events) & (handle.events | Self.always)
        if events != 0 { handle.callback(id, handle.descriptor, events, handle.context.pointer) }
    }

    private func fireTimers() {
        let now = MonotonicTime.now
        let due = state.withLock { state in
            state.timers.filter { timer in timer.value.due.map { $0 <= now } ?? false }.keys.sorted()
        }
        for id in due {
            let timer = state.withLock { state -> Timer? in
                // The callback of another may have put it off.
                guard let timer = state.timers[id], let due = timer.due, due <= now else { return nil }
                state.timers[id]?.wind()
                return timer
            }
            if let timer { timer.callback(id, timer.context.pointer) }
        }
    }

    private func free() {
        let removed = state.withLock { state in
            defer { state.removed = [] }
            return state.removed
        }
        for context in removed { context.free?(context.pointer) }
    }

    private func ring() {
        var one: UInt64 = 1
        _ = write(bell, &one, MemoryLayout.size(ofValue: one))
    }
}

extension EventLoop {
    /// `virEventAddHandleFunc`: the handle's id, or -1, also for a descriptor that is there already, which epoll does not
    /// have and libvirt's client does not do.
    func addHandle(
        _ descriptor: CInt, _ events: CInt, _ callback: @escaping virEventHandleCallback,
        _ context: UnsafeMutableRawPointer?, _ free: virFreeCallback?
    ) -> CInt {
        let context = Context(pointer: context, free: free)
        return state.withLock { state in
            let id = state.newID()
            guard events == 0 || control(EPOLL_CTL_ADD, descriptor, id, events) else { return -1 }
            state.handles[id] = Handle(
                descriptor: descriptor, events: events, callback: callback, context: context)
            return id
        }
    }

    /// `virEventUpdateHandleFunc`.
    func updateHandle(_ id: CInt, _ events: CInt) {
        state.withLock { state in
            guard let handle = state.handles[id], handle.events != events else { return }
            // Without events it must leave the poll, which tells of errors and ends in any case.
            let action = events == 0 ? EPOLL_CTL_DEL : handle.events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
            _ = control(action, handle.descriptor, id, events)
            state.handles[id]?.events = events
        }
    }

    /// `virEventRemoveHandleFunc`: 0, or -1 if there is no such handle.
    func removeHandle(_ id: CInt) -> CInt {
        let (isKnown, isAsleep) = state.withLock { state in
            guard let handle = state.handles.removeValue(forKey: id) else { return (false, false) }
            if handle.events != 0 { _ = control(EPOLL_CTL_DEL, handle.descriptor, id, 0) }
            state.removed.append(handle.context)
            return (true, state.isAsleep)
        }
        if isAsleep { ring() }
        return isKnown ? 0 : -1
    }

    /// `virEventAddTimeoutFunc`: the timer's id.
    func addTimeout(
        _ milliseconds: CInt, _ callback: @escaping virEventTimeoutCallback, _ context: UnsafeMutableRawPointer?,
        _ free: virFreeCallback?
    ) -> CInt {
        let context = Context(pointer: context, free: free)
        let (id, isLate) = state.withLock { state in
            let id = state.newID()
            let timer = Timer(interval: milliseconds, callback: callback, context: context)
            state.timers[id] = timer
            return (id, state.wakesLate(for: timer))
        }
        if isLate { ring() }
        return id
    }

    /// `virEventUpdateTimeoutFunc`.
    func updateTimeout(_ id: CInt, _ milliseconds: CInt) {
        let isLate = state.withLock { state in
            guard var timer = state.timers[id] else { return false }
            timer.interval = milliseconds
            timer.wind()
            state.timers[id] = timer
            return state.wakesLate(for: timer)
        }
        if isLate { ring() }
    }

    /// `virEventRemoveTimeoutFunc`: 0, or -1 if there is no such timer.
    func removeTimeout(_ id: CInt) -> CInt {
        let (isKnown, isAsleep) = state.withLock { state in
            guard let timer = state.timers.removeValue(forKey: id) else { return (false, false) }
            state.removed.append(timer.context)
            return (true, state.isAsleep)
        }
        if isAsleep { ring() }
        return isKnown ? 0 : -1
    }

    private func control(_ action: CInt, _ descriptor: CInt, _ id: CInt, _ events: CInt) -> Bool {
        var event = epoll_event(events: Self.pollEvents(events), data: epoll_data_t(u64: UInt64(id)))
        return epoll_ctl(poll, action, descriptor, &event) == 0
    }

    private static func pollEvents(_ events: CInt) -> UInt32 {
        pairs.reduce(0) { events & $1.libvirt != 0 ? $0 | $1.poll.rawValue : $0 }
    }

    private static func libvirtEvents(_ events: UInt32) -> CInt {
        pairs.reduce(0) { events & $1.poll.rawValue != 0 ? $0 | $1.libvirt : $0 }
    }

    /// What is told whether it was asked for or not.
    private static let always = CInt(VIR_EVENT_HANDLE_ERROR.rawValue | VIR_EVENT_HANDLE_HANGUP.rawValue)

    private static let pairs: [(libvirt: CInt, poll: EPOLL_EVENTS)] = [
        (CInt(VIR_EVENT_HANDLE_READABLE.rawValue), EPOLLIN), (CInt(VIR_EVENT_HANDLE_WRITABLE.rawValue), EPOLLOUT),
        (CInt(VIR_EVENT_HANDLE_ERROR.rawValue), EPOLLERR), (CInt(VIR_EVENT_HANDLE_HANGUP.rawValue), EPOLLHUP),
    ]
}
