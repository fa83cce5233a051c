import Configuration
import Telemetry

/// `delta`: by how much a meter has changed since its sample before. The first sample of a series yields nothing, nor
/// does one that is older than the one before; with `growth_only` nor does one that is less.
struct Delta: Transformer {
    static let name = "delta"

    private var meter: MeterConversion
    private let isGrowthOnly: Bool
    private var memory = SeriesMemory<(volume: Volume, timestamp: Timestamp)>()

    init(_ parameters: TransformerParameters, into diagnostics: inout Diagnostics) {
        parameters.refuse(besides: ["growth_only", "source", "target"], into: &diagnostics)
        meter = MeterConversion(
            source: parameters.section("source", known: ["map_from"], into: &diagnostics),
            target: parameters.section("target", known: ["map_to", "name"], into: &diagnostics),
            keepsUnit: true, type: .delta, into: &diagnostics)
        isGrowthOnly = parameters.flag("growth_only", into: &diagnostics)
    }

    mutating func handle(_ sample: Sample, _ context: inout TransformerContext) -> Sample? {
        let previous = memory.value(of: sample)
        if let previous, sample.timestamp < previous.timestamp {
            context.dropped(sample, "it is older than the one before")
            return nil
        }
        guard memory.remember((sample.volume, sample.timestamp), of: sample) else {
            context.dropped(sample, memory.full)
            return nil
        }
        guard let previous else { return nil }
        // A counter that restarts is no fault.
        if isGrowthOnly, previous.volume.isMore(than: sample.volume) { return nil }
        do {
            guard let volume = try Volume.difference(sample.volume, previous.volume).value.volume else {
                context.dropped(sample, "the result is no finite number")
                return nil
            }
            return context.sample(meter.convert(sample.meter), volume, for: sample)
        } catch {
            context.dropped(sample, "\(error)")
            return nil
        }
    }

    mutating func forget(before moment: Timestamp) { memory.forget(before: moment) }

    func meters(from meters: [Meter]) -> [Meter] { meters.map(meter.converted) }
}
