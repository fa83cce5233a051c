internal import Glibc
internal import Synchronization

/// Runs recursive work on a thread of its own, whose stack does not depend on who calls.
///
/// Yams calls itself for each level of nesting, up to libyaml's bound of 1000 (twice that for lists at their key's
/// indentation), and a task's thread may have as little as 512 KiB. The memory is only reserved, not used.
enum DeepStack {
    private static let size = 32 << 20

    /// What the work returns; `nil` if the system gives no further thread.
    static func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) -> Value? {
        let result = Slot<Value>()
        let job = Job { result.value.withLock { $0 = work() } }
        var attributes = pthread_attr_t()
        guard pthread_attr_init(&attributes) == 0 else { return nil }
        defer { pthread_attr_destroy(&attributes) }
        guard pthread_attr_setstacksize(&attributes, size) == 0 else { return nil }
        var thread = pthread_t()
        // The thread borrows the job, which this function keeps until the thread has ended.
        let status = withExtendedLifetime(job) {
            let status = pthread_create(
                &thread, &attributes,
                { context in
                    if let context { Unmanaged<Job>.fromOpaque(context).takeUnretainedValue().work() }
                    return nil
                }, Unmanaged.passUnretained(job).toOpaque())
            return status == 0 ? pthread_join(thread, nil) : status
        }
        guard status == 0 else { return nil }
        return result.value.withLock { $0 }
    }

    private final class Job: Sendable {
        let work: @Sendable () -> Void

        init(_ work: @escaping @Sendable () -> Void) {
            self.work = work
        }
    }

    private final class Slot<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }
}
