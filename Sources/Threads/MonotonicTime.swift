import Glibc

/// A moment of CLOCK_MONOTONIC, which stands still while the host is suspended.
package struct MonotonicTime: Comparable, Sendable {
    package let nanoseconds: Int64

    /// This moment.
    package static var now: MonotonicTime {
        var time = Glibc.timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    package static func < (a: MonotonicTime, b: MonotonicTime) -> Bool { a.nanoseconds < b.nanoseconds }

    /// So much later; what is too far away to count is for ever.
    package static func + (time: MonotonicTime, duration: Duration) -> MonotonicTime {
        let (seconds, attoseconds) = duration.components
        // A nanosecond more: never earlier than asked for.
        let later = Int128(seconds) * 1_000_000_000 + Int128(attoseconds / 1_000_000_000) + 1
        return MonotonicTime(nanoseconds: Int64(clamping: Int128(time.nanoseconds) + later))
    }

    /// How many milliseconds it is away, rounded up: to wake a moment before would be to wake twice. 0 if it has passed.
    package var millisecondsLeft: CInt {
        let left = nanoseconds - Self.now.nanoseconds
        return left <= 0 ? 0 : CInt(clamping: (left - 1) / 1_000_000 + 1)
    }

    /// How many whole seconds ago it was; 0 if it is to come.
    package var secondsAgo: Int64 { max(0, Self.now.nanoseconds - nanoseconds) / 1_000_000_000 }

    var timespec: timespec {
        Glibc.timespec(
            tv_sec: Int(max(0, nanoseconds) / 1_000_000_000), tv_nsec: Int(max(0, nanoseconds) % 1_000_000_000))
    }
}
