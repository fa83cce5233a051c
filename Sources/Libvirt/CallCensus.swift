import Synchronization

/// Counts the calls that were left behind and have not returned yet.
///
/// libvirtd serves a client five calls at a time and twenty in all by default (`max_client_requests`, `max_workers`):
/// calls that never return, made without limit, would freeze it for everybody.
final class CallCensus: Sendable {
    /// How many calls may be left behind at a time. Each has a connection of its own.
    static let limit = 8

    private let count = Mutex(0)

    /// Calls that were left behind and have not returned.
    var outstanding: Int { count.withLock { $0 } }

    /// Whether another call may be risked.
    var isExhausted: Bool { outstanding >= Self.limit }

    func leftBehind() { count.withLock { $0 += 1 } }

    func returned() { count.withLock { $0 -= 1 } }
}
