import CThreads
import Glibc

/// The signals that an operator or a supervisor sends. A thread of its own receives them, so that they are heard whatever
/// the thread of tasks does.
public enum ProcessSignals {
    /// Holds these signals back in the calling thread. To be called on the main thread before anything else: what comes
    /// from then on is delivered by `release`.
    public static func hold(_ numbers: [CInt]) { mask(SIG_BLOCK, numbers) }

    /// Delivers what was held back, and no longer holds it.
    public static func release(_ numbers: [CInt]) { mask(SIG_UNBLOCK, numbers) }

    /// Calls `received` for each of these signals, on the thread `signals`. After one of `ending` the process has the time
    /// `limit` to end; then `overdue` is called, once, on that thread. Once in a process.
    public static func watch(
        _ numbers: [CInt], ending: Set<CInt>, within limit: Duration, received: @escaping @Sendable (CInt) -> Void,
        overdue: @escaping @Sendable () -> Void
    ) {
        var ends: [CInt] = [-1, -1]
        // Not to block: a handler must return.
        guard pipe(&ends) == 0, fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0 else {
            fatalError("no pipe can be opened: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let notes = ends[0]
        startThread(named: "signals") {
            var deadline: MonotonicTime?
            while true {
                var input = pollfd(fd: notes, events: Int16(POLLIN), revents: 0)
                let count = poll(&input, 1, deadline?.millisecondsLeft ?? -1)
                if let moment = deadline, moment <= .now {
                    overdue()
                    return
                }
                var number: UInt8 = 0
                guard count == 1, read(notes, &number, 1) == 1 else { continue }
                if deadline == nil, ending.contains(CInt(number)) { deadline = .now + limit }
                received(CInt(number))
            }
        }
        for number in numbers {
            let status = note_signal_in(number, ends[1])
            precondition(status == 0, "signal \(number): \(String(cString: strerror(status)))")
        }
    }

    private static func mask(_ how: CInt, _ numbers: [CInt]) {
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        pthread_sigmask(how, &set, nil)
    }
}
