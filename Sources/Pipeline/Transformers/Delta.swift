import Configuration
import Telemetry

/// `delta`: by how much a meter has changed since its sample before. The first sample of a series yields nothing, nor
/// does one that is older than the one before, by the clock that nobody sets if both have its time; with `growth_only`
/// nor does one that is less.
struct Delta: Transformer {
    static let name = "delta"

    private var meter: MeterConversion
    private let isGrowthOnly: Bool
    private var memory = SeriesMemory<(volume: Volume, timestamp: Timestamp, monotonicTime: Duration?)>()

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
        if let previous, Self.isOlder(sample, than: previous.timestamp, previous.monotonicTime) {
            context.dropped(sample, "it is older than the one before")
            return nil
        }
        let latest = (sample.volume, sample.timestamp, sample.monotonicTime)
        guard memory.remember(latest, of: sample, at: context.moment) else {
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

    /// The wall clock may have been set back between two polls.
    private static func isOlder(_ sample: Sample, than timestamp: Timestamp, _ monotonicTime: Duration?) -> Bool {
        if let before = monotonicTime, let now = sample.monotonicTime { return now < before }
        return sample.timestamp < timestamp
    }

    mutating func forget(before moment: Duration) { memory.forget(before: moment) }

    func meters(from meters: [Meter]) -> [Meter] { meters.map(meter.converted) }
}
