import Glibc

/// A state that threads share, and a thread that waits for it to change.
///
/// `@unchecked Sendable`: the state is touched by whoever holds the mutex alone.
final class Monitor<State>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State
    private var isAwaited = false

    init(_ state: State) {
        self.state = state
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // The default, the wall clock, jumps.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Changes the state, and wakes the thread that waits for that, if one does and it is worth it.
    func change<Value>(wakes: Bool = true, _ body: (inout State) -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let value = body(&state)
        if wakes, isAwaited { pthread_cond_signal(condition) }
        return value
    }

    /// Waits until `body` has a value, which it is asked for again whenever the state was changed, and at the moment it
    /// names last. For one thread at a time.
    func wait<Value>(_ body: (inout State) -> Awaited<Value>) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            switch body(&state) {
            case .value(let value): return value
            case .nothing(until: let moment):
                isAwaited = true
                if let moment {
                    var time = moment.timespec
                    pthread_cond_timedwait(condition, mutex, &time)
                } else {
                    pthread_cond_wait(condition, mutex)
                }
                isAwaited = false
            }
        }
    }
}

/// What a thread waits for.
enum Awaited<Value> {
    /// It is there.
    case value(Value)
    /// It may be there at that moment (`MonotonicTime.now`), or, for `nil`, when something has changed.
    case nothing(until: MonotonicTime?)
}
