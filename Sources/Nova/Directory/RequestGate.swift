import Keystone

/// Lets some through at once; the others wait in their order.
///
/// How many follows what the services bear, as a TCP sender follows the network (RFC 5681, 3.1 and 3.2): one more for each
/// round of answers while all places are taken, half as many after a time-out. A service goes on working at what we have
/// given up, so who keeps asking a slow one for as much as before gets nothing at all.
actor RequestGate {
    /// How many pass at first.
    static let start = 4

    private let maximum: Double
    private var allowed: Double
    private var underWay = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []
    /// How often `allowed` was halved.
    private var cuts = 0

    /// A gate for at least one, and at most `limit`.
    init(limit: Int) {
        maximum = Double(max(1, limit))
        allowed = min(Double(Self.start), maximum)
    }

    /// How many may be under way at once.
    var width: Int { Int(allowed) }
    /// How many wait for their turn.
    var waitingCount: Int { waiting.count }

    /// Does that when it is its turn. Whoever is cancelled gets its turn all the same, and finds out itself.
    func pass<Value: Sendable>(
        _ request: @Sendable () async throws(KeystoneError) -> Value
    ) async throws(KeystoneError) -> Value {
        if underWay >= width {
            await withCheckedContinuation { waiting.append($0) }
        } else {
            underWay += 1
        }
        defer { leave() }
        let isFull = underWay >= width
        let before = cuts
        do throws(KeystoneError) {
            let value = try await request()
            if isFull { allowed = min(maximum, allowed + 1 / allowed) }
            return value
        } catch {
            // Those that were under way together time out together, and count once.
            if error.code == .timeout, before == cuts {
                allowed = max(1, allowed / 2)
                cuts += 1
            }
            throw error
        }
    }

    /// Who waits longest takes the place, and more than one if there are more places than before.
    private func leave() {
        underWay -= 1
        while underWay < width, !waiting.isEmpty {
            underWay += 1
            waiting.removeFirst().resume()
        }
    }
}
