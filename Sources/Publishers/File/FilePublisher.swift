import Outbox
import Telemetry

/// Appends samples to a file, a line each (Ceilometer: `ceilometer.publisher.file.FilePublisher`).
struct FilePublisher: Publisher {
    let parameters: FileParameters
    private let encoder: FileEncoder
    private let delivery: FileDelivery

    init(_ parameters: FileParameters, context: PublisherContext) {
        self.parameters = parameters
        encoder = FileEncoder(
            json: parameters.json, maxSamples: context.maxSamplesPerRequest,
            signature: parameters.isSigned ? MessageSignature(secret: context.telemetrySecret) : nil)
        let file = RotatingFile(
            path: parameters.path, maxBytes: parameters.maxBytes, backupCount: parameters.backupCount)
        delivery = FileDelivery(file: file)
    }

    var identity: String { parameters.identity }
    var needsDurability: Bool { false }

    func payloads(for samples: [Sample]) -> [Payload] {
        encoder.payloads(for: samples)
    }

    func split(_ payload: Payload) -> (Payload, Payload)? { nil }

    func deliver(_ payload: Payload) async -> Delivery {
        await delivery.deliver(payload)
    }
}
