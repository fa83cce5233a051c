import Outbox
import Synchronization

/// Keeps the newest payloads, as long as they hold no more than `capacity` samples together.
final class TestDelivery: Sendable {
    private struct State {
        var payloads: [Payload] = []
        var samples = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) {
        self.capacity = capacity
    }

    var payloads: [Payload] { state.withLock(\.payloads) }

    func deliver(_ payload: Payload) -> Delivery {
        state.withLock { state in
            state.payloads.append(payload)
            state.samples += payload.samples
            while state.samples > capacity, state.payloads.count > 1 {
                state.samples -= state.payloads.removeFirst().samples
            }
        }
        return .delivered
    }
}
