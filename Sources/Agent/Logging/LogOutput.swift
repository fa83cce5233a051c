import Glibc
import Keystone
import Logging
import Synchronization
import Threads

/// The way of log lines to a file, pipe or socket whose reader may stall: lines wait in memory for a thread that writes
/// them, up to a bound, and whoever logs never waits. Lines beyond the bound are dropped and counted.
public final class LogOutput: Sendable {
    /// The process's standard error.
    public static let standardError = LogOutput(
        limit: 2 << 20, write: writeAll,
        note: { count in
            LogLine.text(
                .warning, "log lines were dropped, as standard error was not read", ["lines": "\(count)"],
                LogStyle.ofStandardError)
        })

    private struct State {
        /// Bytes of the lines that are not written yet.
        var waiting = 0
        /// Lines that were dropped since the last note.
        var dropped = 0
    }

    private let state = Mutex(State())
    private let limit: Int
    private let thread = WorkThread(named: "log")
    private let writeLine: @Sendable (String) -> Void
    private let note: @Sendable (Int) -> String

    /// An output by `write`, which may block. At most `limit` bytes wait. `note` makes the line that tells how many lines
    /// were dropped.
    init(limit: Int, write: @escaping @Sendable (String) -> Void, note: @escaping @Sendable (Int) -> String) {
        self.limit = limit
        writeLine = write
        self.note = note
    }

    /// Takes a line, with its newline. Does not wait.
    public func write(_ line: String) {
        let size = line.utf8.count
        let isTaken = state.withLock { state in
            // Once lines are dropped, half of the room must be free again: one note for many lines.
            guard state.waiting + size <= (state.dropped > 0 ? limit / 2 : limit) else {
                state.dropped += 1
                return false
            }
            state.waiting += size
            if state.dropped > 0 { tell(of: &state) }
            // In the lock, so that lines of several threads keep their order.
            begin(line, size)
            return true
        }
        // A thread that has ended its last line meanwhile has seen no dropped one.
        if !isTaken { tellWhenIdle() }
    }

    private func begin(_ line: String, _ size: Int) {
        thread.start {
            self.writeLine(line)
            self.state.withLock { $0.waiting -= size }
            self.tellWhenIdle()
        }
    }

    private func tellWhenIdle() {
        state.withLock { state in
            if state.waiting == 0, state.dropped > 0 { tell(of: &state) }
        }
    }

    private func tell(of state: inout State) {
        let line = note(state.dropped)
        state.dropped = 0
        state.waiting += line.utf8.count
        begin(line, line.utf8.count)
    }

    /// Waits until all lines are written, or until `limit` has passed.
    public func flush(within limit: Duration) async {
        await BoundedWait.all([Task { await thread.run {} }], within: limit)
    }

    /// Waits likewise, for a thread that no task runs on. Blocks.
    public func flushBlocking(within limit: Duration) {
        let end = MonotonicTime.now + limit
        // A look again and again needs neither a task nor a new thread, which may not be had at this moment.
        while MonotonicTime.now < end, state.withLock({ $0.waiting > 0 }) { usleep(5000) }
    }

    /// One call a line where the reader takes it, so that lines of several processes do not mix. There is nobody to tell
    /// of a failure.
    private static let writeAll: @Sendable (String) -> Void = { line in
        var line = line
        line.withUTF8 { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(STDERR_FILENO, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if count < 0, errno == EAGAIN {
                    // Somebody else has made the descriptor non-blocking.
                    var output = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
                    poll(&output, 1, -1)
                } else if count == 0 || errno != EINTR {
                    return
                }
            }
        }
    }
}
