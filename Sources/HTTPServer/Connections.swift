internal import Glibc
import Synchronization

/// The open connections. A new client is always served at once: beyond the limit, the oldest idle connection is closed, or
/// the one with the oldest answer if none is idle.
///
/// A shutdown of its socket closes a connection. The library's thread, which runs all of this, then finds the connection at
/// its end, and reports that before it closes the descriptor: so no descriptor is shut down that has a new owner.
final class Connections: Sendable {
    private struct Connection {
        let socket: Int32
        /// Time of its opening, of the end of its last answer, or of the beginning of the present one.
        var since: ContinuousClock.Instant
        var isAnswering = false
    }

    private struct State {
        var open: [UInt: Connection] = [:]
        var last: UInt = 0
    }

    private let state = Mutex(State())
    private let limit: Int
    private let answerLimit: Duration

    init(limit: Int, answerLimit: Duration) {
        self.limit = limit
        self.answerLimit = answerLimit
    }

    /// Takes a new connection, and returns its number.
    func opened(_ socket: Int32, at now: ContinuousClock.Instant) -> UInt {
        state.withLock { state in
            // A client that takes its answer slowly keeps the body in memory.
            for (number, connection) in state.open where isOverdue(connection, at: now) {
                Self.close(number, of: &state)
            }
            while state.open.count >= limit, let number = Self.leastClaim(state.open) {
                Self.close(number, of: &state)
            }
            state.last += 1
            state.open[state.last] = Connection(socket: socket, since: now)
            return state.last
        }
    }

    func closed(_ number: UInt) {
        state.withLock { _ = $0.open.removeValue(forKey: number) }
    }

    /// Notes that its answer begins.
    func answers(_ number: UInt, at now: ContinuousClock.Instant) {
        state.withLock { state in
            state.open[number]?.isAnswering = true
            state.open[number]?.since = now
        }
    }

    /// Notes that its answer has ended.
    func answered(_ number: UInt, at now: ContinuousClock.Instant) {
        state.withLock { state in
            state.open[number]?.isAnswering = false
            state.open[number]?.since = now
        }
    }

    /// Whether its answer may go on.
    func mayGoOn(_ number: UInt, at now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in state.open[number].map { !isOverdue($0, at: now) } ?? false }
    }

    private func isOverdue(_ connection: Connection, at now: ContinuousClock.Instant) -> Bool {
        connection.isAnswering && now - connection.since > answerLimit
    }

    private static func leastClaim(_ open: [UInt: Connection]) -> UInt? {
        open.min { a, b in
            a.value.isAnswering == b.value.isAnswering ? a.value.since < b.value.since : !a.value.isAnswering
        }?.key
    }

    private static func close(_ number: UInt, of state: inout State) {
        guard let connection = state.open.removeValue(forKey: number) else { return }
        if connection.isAnswering {
            // The kernel drops the rest of the answer.
            var reset = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection.socket, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout.size(ofValue: reset)))
        }
        shutdown(connection.socket, Int32(SHUT_RDWR))
    }
}
