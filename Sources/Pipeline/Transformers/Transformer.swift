import Configuration
import Telemetry

/// A step that samples pass on their way through a sink (ceilometer.transformer, releases up to 11): a value that holds
/// its parameters and what it remembers of earlier samples.
protocol Transformer: Sendable {
    /// Its name in pipeline.yaml.
    static var name: String { get }

    /// A transformer without memories, as its parameters say. What is wrong with them goes to `diagnostics`; the value
    /// counts only if there is no error.
    init(_ parameters: TransformerParameters, into diagnostics: inout Diagnostics)

    /// Takes a sample. What is returned goes on to the next step; `nil` if nothing does, for now or for good.
    mutating func handle(_ sample: Sample, _ context: inout TransformerContext) -> Sample?

    /// What was kept and goes on now, at the end of a cycle.
    mutating func flush(_ context: inout TransformerContext) -> [Sample]

    /// Forgets what belongs to resources that were not seen since a moment, by the contexts' clock.
    mutating func forget(before moment: Duration)

    /// The meters that come of those.
    func meters(from meters: [Meter]) -> [Meter]
}

extension Transformer {
    mutating func flush(_ context: inout TransformerContext) -> [Sample] { [] }
    mutating func forget(before moment: Duration) {}
}

/// What a transformer is given beside the sample.
struct TransformerContext {
    /// The time of the cycle, for the age of what is remembered: by a clock that nobody sets, or, where that is not known,
    /// by the wall clock since 1970.
    let moment: Duration
    /// Makes the ids of new samples.
    var ids: SampleIDSequence
    /// Samples that were dropped because of a fault, and why.
    private(set) var faults: [TransformerFault] = []

    init(moment: Duration, ids: SampleIDSequence) {
        self.moment = moment
        self.ids = ids
    }

    /// A new sample of a meter, in the place of another.
    mutating func sample(_ meter: Meter, _ volume: Volume, for old: Sample) -> Sample {
        Sample(
            id: ids.next(at: old.timestamp), meter: meter, resource: old.resource, volume: volume,
            timestamp: old.timestamp, monotonicTime: old.monotonicTime)
    }

    /// Notes that a sample was dropped.
    mutating func dropped(_ sample: Sample, _ reason: String) {
        faults.append(TransformerFault(reason: reason, meter: sample.meter.name, resource: sample.resource.id))
    }

    /// The faults so far, which are cleared.
    mutating func takeFaults() -> [TransformerFault] {
        defer { faults = [] }
        return faults
    }
}

/// Why a sample was dropped.
struct TransformerFault: Hashable {
    let reason: String
    let meter: String
    let resource: String
}
