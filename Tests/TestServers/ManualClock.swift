import Synchronization

/// A clock that goes on when it is told to.
public final class ManualClock: Sendable {
    private let time: Mutex<Duration>

    /// A clock that stands at that time.
    public init(_ start: Duration = .seconds(1000)) {
        time = Mutex(start)
    }

    /// The time that it shows.
    public var now: Duration { time.withLock(\.self) }

    /// Lets time pass.
    public func advance(by duration: Duration) { time.withLock { $0 += duration } }
}
