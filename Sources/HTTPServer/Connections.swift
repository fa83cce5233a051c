internal import Glibc
import Synchronization

/// The connections that are open. Beyond a limit the one that has the least claim is closed, so that whoever comes is served
/// at once, whatever the others do: of the idle ones the oldest, and if all are being answered, the one that is longest.
///
/// A connection is closed by a shutdown of its socket: the library's thread, which all of this runs on, then finds it at its
/// end, and tells of that before it closes the descriptor.
final class Connections: Sendable {
    private struct Connection {
        let socket: Int32
        /// When it was opened, or was answered last, or the present answer began.
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

    /// A connection was opened; the number that it has from then on.
    func opened(_ socket: Int32, at now: ContinuousClock.Instant) -> UInt {
        state.withLock { state in
            // Who takes an answer so slowly keeps its body in memory.
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

    /// Its answer begins.
    func answers(_ number: UInt, at now: ContinuousClock.Instant) {
        state.withLock { state in
            state.open[number]?.isAnswering = true
            state.open[number]?.since = now
        }
    }

    /// Its answer has ended.
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
            // What it has not taken is dropped.
            var reset = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection.socket, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout.size(ofValue: reset)))
        }
        shutdown(connection.socket, Int32(SHUT_RDWR))
    }
}
