import Outbox
import Synchronization
import Telemetry

/// Takes every payload at once, or none for a long time.
final class Receiver: Publisher {
    private let takes: Bool
    private let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    init(takes: Bool) {
        self.takes = takes
        (arrivals, arrived) = AsyncStream.makeStream()
    }

    let identity = "receiver"
    let needsDurability = true

    func payloads(for samples: [Sample]) -> [Payload] { [] }

    func deliver(_ payload: Payload) async -> Delivery {
        guard takes else { return .retry(after: .seconds(3600), reason: "it takes none") }
        arrived.yield()
        return .delivered
    }

    func split(_ payload: Payload) -> (Payload, Payload)? { nil }

    /// Waits until so many more payloads were taken.
    func received(_ count: Int) async {
        var count = count
        guard count > 0 else { return }
        for await _ in arrivals {
            count -= 1
            if count == 0 { return }
        }
    }
}
