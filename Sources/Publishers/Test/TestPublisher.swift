public import Outbox
public import Telemetry

/// Collects samples in memory, to try a pipeline (Ceilometer: `ceilometer.publisher.test.TestPublisher`).
public struct TestPublisher: Publisher {
    /// How many samples are kept; beyond that the oldest payloads go.
    public static let capacity = 10_000

    private let parameters: TestParameters
    private let encoder: TestEncoder
    private let delivery = TestDelivery(capacity: TestPublisher.capacity)

    init(_ parameters: TestParameters, context: PublisherContext) {
        self.parameters = parameters
        encoder = TestEncoder(maxSamples: min(context.maxSamplesPerRequest, Self.capacity))
    }

    /// The payloads that are kept, oldest first: JSON lines, one for each sample.
    public var received: [Payload] { delivery.payloads }

    /// The URL.
    public var identity: String { parameters.identity }

    /// False: what is only kept in memory need not be on disk before.
    public var needsDurability: Bool { false }

    /// JSON lines.
    public func payloads(for samples: [Sample]) -> [Payload] {
        encoder.payloads(for: samples)
    }

    /// Always delivered.
    public func deliver(_ payload: Payload) async -> Delivery {
        delivery.deliver(payload)
    }

    /// Never: there is no limit of size.
    public func split(_ payload: Payload) -> (Payload, Payload)? { nil }
}
