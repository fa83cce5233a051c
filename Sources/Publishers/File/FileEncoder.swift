import Outbox
import Telemetry

/// Samples to lines, each ended by a line feed.
struct FileEncoder: Sendable {
    let json: Bool
    let maxSamples: Int
    /// `nil`: samples are not signed.
    let signature: MessageSignature?

    func payloads(for samples: [Sample]) -> [Payload] {
        let samples = samples.filter(\.volume.isFinite)
        return stride(from: 0, to: samples.count, by: maxSamples).map { start in
            payload(samples[start..<min(start + maxSamples, samples.count)])
        }
    }

    private func payload(_ samples: ArraySlice<Sample>) -> Payload {
        var body: [UInt8] = []
        body.reserveCapacity(samples.count * 768)
        for sample in samples {
            if json {
                var line = JSONWriter(capacity: 768)
                line.sample(sample, signature: signature?.hexadecimal(of: MeterMessage(sample)))
                body += line.bytes
            } else {
                var line = PythonWriter()
                line.sample(sample)
                body += line.text.utf8
            }
            body.append(UInt8(ascii: "\n"))
        }
        let times = samples.map(\.timestamp)
        let first = samples[samples.startIndex].timestamp
        return Payload(
            body: body, samples: samples.count, first: times.min() ?? first, last: times.max() ?? first)
    }
}
