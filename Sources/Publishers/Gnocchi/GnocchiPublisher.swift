import Outbox
import Telemetry

/// Posts samples to Gnocchi as measures (Ceilometer: `ceilometer.publisher.gnocchi.GnocchiPublisher`).
struct GnocchiPublisher: Publisher {
    let parameters: GnocchiParameters
    private let encoder: GnocchiEncoder
    private let delivery: GnocchiDelivery
    private let now: @Sendable () -> Timestamp

    /// `nil` if the parameters need Keystone, and the context has none.
    init?(_ parameters: GnocchiParameters, definition: GnocchiDefinition, context: PublisherContext) {
        self.parameters = parameters
        now = context.now
        let definition = definition.overriding(archivePolicy: parameters.archivePolicy)
        let notes = PublisherNotes(publisher: parameters.identity, report: context.notice)
        guard let endpoint = parameters.endpoint(context, notes: notes) else { return nil }
        encoder = GnocchiEncoder(definition: definition, maxMetrics: parameters.maxMetrics) { meter, reason in
            notes.once("meter \(meter)", .warning, "\(meter) is not sent: \(reason)")
        }
        delivery = GnocchiDelivery(
            endpoint: endpoint, definition: definition,
            file: context.stateDirectory.map { AttributeFile(directory: $0, identity: parameters.identity) },
            notes: notes, now: context.now)
    }

    var identity: String { parameters.identity }
    var needsDurability: Bool { true }

    func payloads(for samples: [Sample]) -> [Payload] {
        encoder.payloads(for: samples)
    }

    func payloads(forEnded instances: [EndedInstance]) -> [Payload] {
        parameters.marksEnds ? EndedResources.payloads(for: instances, now: now()) : []
    }

    func split(_ payload: Payload) -> (Payload, Payload)? {
        GnocchiEncoder.split(payload)
    }

    func deliver(_ payload: Payload) async -> Delivery {
        await delivery.deliver(payload)
    }
}
