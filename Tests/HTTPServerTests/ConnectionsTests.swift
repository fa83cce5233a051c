import Glibc
import Testing

@testable import HTTPServer

/// Which connection makes room for the next.
struct ConnectionsTests {
    private let start = ContinuousClock.now

    /// A pair of sockets; whether the first was shut down is seen at the second.
    private final class Pair {
        let ends: [Int32]

        init() {
            var ends: [Int32] = [-1, -1]
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &ends)
            self.ends = ends
        }

        deinit { for end in ends { close(end) } }

        var isClosed: Bool {
            var byte: UInt8 = 0
            return recv(ends[1], &byte, 1, 0) == 0
        }
    }

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    @Test func theOldestOfTheIdle() {
        let connections = Connections(limit: 3, answerLimit: .seconds(60))
        let pairs = (0..<5).map { _ in Pair() }
        let numbers = (0..<3).map { connections.opened(pairs[$0].ends[0], at: at($0)) }
        // The first is being answered, and the second was: it begins anew.
        connections.answers(numbers[0], at: at(3))
        connections.answers(numbers[1], at: at(4))
        connections.answered(numbers[1], at: at(5))
        _ = connections.opened(pairs[3].ends[0], at: at(6))
        #expect(pairs.map(\.isClosed) == [false, false, true, false, false])
        _ = connections.opened(pairs[4].ends[0], at: at(7))
        #expect(pairs.map(\.isClosed) == [false, true, true, false, false])
    }

    @Test func theLongestOfThoseBeingAnswered() {
        let connections = Connections(limit: 2, answerLimit: .seconds(60))
        let pairs = (0..<3).map { _ in Pair() }
        let numbers = (0..<2).map { connections.opened(pairs[$0].ends[0], at: at($0)) }
        connections.answers(numbers[1], at: at(2))
        connections.answers(numbers[0], at: at(3))
        _ = connections.opened(pairs[2].ends[0], at: at(4))
        #expect(pairs.map(\.isClosed) == [false, true, false])
        // What was closed for that is forgotten, whatever else is told of it.
        #expect(!connections.mayGoOn(numbers[1], at: at(4)))
        connections.answered(numbers[1], at: at(4))
        connections.closed(numbers[1])
        #expect(connections.mayGoOn(numbers[0], at: at(4)))
    }

    /// Whoever opens a connection ends the answers that take too long, also where there is room.
    @Test func whatTakesTooLong() {
        let connections = Connections(limit: 10, answerLimit: .seconds(60))
        let pairs = (0..<3).map { _ in Pair() }
        let numbers = (0..<2).map { connections.opened(pairs[$0].ends[0], at: at(0)) }
        connections.answers(numbers[0], at: at(0))
        #expect(connections.mayGoOn(numbers[0], at: at(60)))
        #expect(!connections.mayGoOn(numbers[0], at: at(61)))
        _ = connections.opened(pairs[2].ends[0], at: at(61))
        #expect(pairs.map(\.isClosed) == [true, false, false])
    }
}
