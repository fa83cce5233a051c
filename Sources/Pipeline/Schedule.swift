public import Telemetry

/// When one polling task is due: at once, and then at a fixed rate whose phase differs from host to host, so that a
/// fleet that was started together does not strike its collector together.
///
/// The phase is a place in the interval by the wall clock (UTC), taken once at the start; from there on time is
/// monotonic, so that a wall clock that steps makes neither a burst nor a silence.
public struct Schedule: Sendable, Hashable {
    /// Seconds between polls.
    public let interval: Int
    /// Milliseconds after each whole multiple of the interval since 1970 at which this host polls.
    public let phase: Int64

    /// From the start to the first tick behind it, in milliseconds.
    private let offset: Int64

    /// Three hundred years, which keeps all arithmetic in milliseconds far from its bounds.
    static let longestInterval = 10_000_000_000

    /// The schedule of a task on a host that starts at the given moment. An interval below 1 or above
    /// three hundred years, which no configuration can have, counts as that bound.
    public init(interval: Int, host: String, startedAt wall: Timestamp) {
        let interval = Self.bounded(interval)
        self.interval = interval
        phase = Self.phase(interval: interval, host: host)
        let period = Int64(interval) * 1000
        let now = wall.microseconds / 1000
        let sinceTick = ((now - phase) % period + period) % period
        offset = period - sinceTick
    }

    /// The tick to poll at next, as a duration since the start, when the last poll was finished at `finished` since the
    /// start; and how many ticks passed unused meanwhile. A tick that is exactly due is not missed.
    public mutating func next(after finished: Duration) -> (due: Duration, missed: Int) {
        let period = Int64(interval) * 1000
        let now = max(0, finished.milliseconds)
        var index = now <= offset ? 0 : (now - offset + period - 1) / period
        // The first poll stands for every tick that passes while it is under way.
        let expected = nextIndex ?? index
        // A poll that ends within its own tick's millisecond must not be due again at once.
        index = max(index, expected)
        nextIndex = index + 1
        return (.milliseconds(offset + index * period), Int(index - expected))
    }

    /// The tick behind the one that was given last; `nil` before the first.
    private var nextIndex: Int64?

    /// The phase of a host: FNV-1a over its name and the interval, in milliseconds below the interval.
    public static func phase(interval: Int, host: String) -> Int64 {
        let interval = bounded(interval)
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(host)/\(interval)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        // FNV's low bits are its best mixed, after the high ones are folded in.
        return Int64((hash ^ hash >> 32) % (UInt64(interval) * 1000))
    }

    private static func bounded(_ interval: Int) -> Int {
        min(max(1, interval), longestInterval)
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        // Far beyond any uptime, and far from overflow.
        return min(max(seconds, 0), 1 << 50) * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
