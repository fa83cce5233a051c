import Outbox
import Telemetry

/// Samples to bodies: a JSON array of many, or with `batch=false` an object for each.
struct HTTPEncoder: Sendable {
    let batch: Bool
    let maxSamples: Int
    /// `nil`: samples are not signed.
    let signature: MessageSignature?

    /// Volumes that are not finite are left out: JSON cannot say them (RFC 8259, section 6), and a receiver that takes
    /// Python's `NaN` all the same spoils its aggregates with it.
    func payloads(for samples: [Sample]) -> Payloads {
        let isClean = samples.indices.allSatisfy { samples[$0].volume.isFinite }
        return Payloads(encoder: self, samples: isClean ? samples : samples.filter(\.volume.isFinite))
    }

    /// Bodies that are encoded when they are asked for, each time anew.
    struct Payloads: RandomAccessCollection, Sendable {
        fileprivate let encoder: HTTPEncoder
        fileprivate let samples: [Sample]

        private var most: Int { encoder.batch ? encoder.maxSamples : 1 }

        var startIndex: Int { 0 }
        var endIndex: Int { (samples.count + most - 1) / most }

        subscript(index: Int) -> Payload {
            encoder.payload(samples[index * most..<Swift.min((index + 1) * most, samples.count)])
        }
    }

    fileprivate func payload(_ samples: ArraySlice<Sample>) -> Payload {
        // By index: to take samples out of an array counts references to objects that have long left the caches.
        var json = JSONWriter(capacity: samples.indices.reduce(2) { $0 + samples[$1].jsonSize + 2 })
        var (first, last) = (samples[samples.startIndex].timestamp, samples[samples.startIndex].timestamp)
        if batch { json.raw("[") }
        for index in samples.indices {
            if index > samples.startIndex { json.raw(", ") }
            json.sample(
                samples[index], signature: signature.map { $0.hexadecimal(of: MeterMessage(samples[index])) })
            first = min(first, samples[index].timestamp)
            last = max(last, samples[index].timestamp)
        }
        if batch { json.raw("]") }
        return Payload(body: json.bytes, samples: samples.count, first: first, last: last)
    }

    /// Two halves of an array. Works on the bytes alone, for they are all that is left after a restart; so both halves
    /// keep the span of time of the whole.
    func split(_ payload: Payload) -> (Payload, Payload)? {
        guard let elements = JSONArray.elements(of: payload.body), elements.count > 1 else { return nil }
        let half = elements.count / 2
        return (part(payload, elements[..<half]), part(payload, elements[half...]))
    }

    private func part(_ payload: Payload, _ elements: ArraySlice<Range<Int>>) -> Payload {
        guard let start = elements.first?.lowerBound, let end = elements.last?.upperBound else { return payload }
        let body = [UInt8(ascii: "[")] + payload.body[start..<end] + [UInt8(ascii: "]")]
        return Payload(body: body, samples: elements.count, first: payload.first, last: payload.last)
    }
}
