import Outbox
import Telemetry

/// Samples to payloads: a whole cycle in one, as long as it has no more than `maxMetrics` metrics.
struct GnocchiEncoder: Sendable {
    let definition: GnocchiDefinition
    let maxMetrics: Int
    /// Told once for each meter that is not sent, and why.
    let leftOut: @Sendable (_ meter: String, _ reason: String) -> Void

    /// The longest unit that Gnocchi takes; it answers a longer one with 500.
    private static let longestUnit = 31

    func payloads(for samples: [Sample]) -> [Payload] {
        var table = MeasureTable(definition: definition)
        for sample in samples {
            guard let place = table.place(of: sample.meter) else {
                leftOut(sample.meter.name, "gnocchi_resources.yaml has no metric of that name")
                continue
            }
            guard sample.meter.unit.utf16.count <= Self.longestUnit else {
                leftOut(sample.meter.name, "its unit is longer than Gnocchi's \(Self.longestUnit) characters")
                continue
            }
            // NaN and infinity are taken and spoil every aggregate; JSON has no word for them anyway.
            guard sample.volume.isFinite, !sample.resource.id.isEmpty else { continue }
            table.add(sample, to: place)
        }
        guard let span = table.span else { return [] }
        return table.batches(maxMetrics: maxMetrics).map { batch in
            batch.payload(first: span.lowerBound, last: span.upperBound)
        }
    }

    /// Two halves. Works on the bytes alone, for they are all that is left after a restart; so both halves keep the span
    /// of time of the whole.
    static func split(_ payload: Payload) -> (Payload, Payload)? {
        guard let halves = GnocchiBatch(payload.body)?.halves else { return nil }
        return (
            halves.0.payload(first: payload.first, last: payload.last),
            halves.1.payload(first: payload.first, last: payload.last)
        )
    }
}
