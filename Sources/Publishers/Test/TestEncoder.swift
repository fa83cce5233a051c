import Outbox
import Telemetry

/// Samples to JSON lines, the same as the file publisher's.
struct TestEncoder: Sendable {
    private let lines: FileEncoder

    init(maxSamples: Int) {
        lines = FileEncoder(json: true, maxSamples: maxSamples, signature: nil)
    }

    func payloads(for samples: [Sample]) -> [Payload] {
        lines.payloads(for: samples)
    }
}
