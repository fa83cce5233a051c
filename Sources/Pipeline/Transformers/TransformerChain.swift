public import Telemetry
import Configuration

/// The transformers of a sink, in their order, with what they remember: for each sink one, whatever the number of its
/// sources (ceilometer.pipeline, `SampleSink`).
///
/// What they remember is in memory alone, bounded by `SeriesMemory`, and gone after a restart.
public struct TransformerChain: Sendable {
    private var steps: [Step]
    private var ids = SampleIDSequence()
    private var lastSweep: Duration?
    private var told: Set<String> = []

    private struct Step: Sendable {
        var transformer: any Transformer
        let parameters: TransformerParameters
    }

    /// So many different faults are told, each once.
    private static let mostTold = 100

    /// How long a resource is remembered that yields no more samples: a day, or three of the longest intervals.
    static func memory(longestInterval: Int) -> Duration {
        // Three hundred years are the longest interval.
        .seconds(max(86_400, 3 * min(max(0, longestInterval), Schedule.longestInterval)))
    }

    /// A chain without transformers: samples pass unchanged.
    public init() { steps = [] }

    init(_ steps: [(transformer: any Transformer, parameters: TransformerParameters)]) {
        self.steps = steps.map { Step(transformer: $0.transformer, parameters: $0.parameters) }
    }

    /// Whether there is no transformer.
    public var isEmpty: Bool { steps.isEmpty }

    /// The transformers' names, in their order.
    public var names: [String] { steps.map { type(of: $0.transformer).name } }

    /// The meters that come of those, as far as is known before there are samples.
    public func meters(from meters: [Meter]) -> [Meter] {
        steps.reduce(meters) { $1.transformer.meters(from: $0) }
    }

    /// What came of a cycle.
    public struct Output: Sendable {
        /// The samples that go to the publishers.
        public var samples: [Sample] = []
        /// What is to be told of samples that were dropped because of a fault: each fault once in the life of a chain.
        public var warnings: [String] = []
    }

    /// Takes the samples of a cycle through all transformers, and then what each of them had kept, if it is time.
    ///
    /// `now` is the time of the cycle; `monotonicTime` the same by a clock that nobody sets, if the samples are of the
    /// present. `longestInterval`, in seconds, says how long resources that are gone are remembered.
    public mutating func run(
        _ samples: [Sample], now: Timestamp, monotonicTime: Duration?, longestInterval: Int
    ) -> Output {
        guard !isEmpty else { return Output(samples: samples) }
        let moment = monotonicTime ?? .microseconds(now.microseconds)
        var context = TransformerContext(moment: moment, ids: ids)
        var output = Output()
        for sample in samples {
            let sample = Sample(
                id: sample.id, meter: sample.meter, resource: sample.resource, volume: sample.volume,
                timestamp: sample.timestamp, monotonicTime: monotonicTime)
            take(sample, from: 0, &context, into: &output)
        }
        for index in steps.indices {
            let kept = steps[index].transformer.flush(&context)
            tell(context.takeFaults(), of: index, into: &output)
            for sample in kept { take(sample, from: index + 1, &context, into: &output) }
        }
        ids = context.ids
        sweep(at: moment, longestInterval: longestInterval)
        return output
    }

    private mutating func take(
        _ sample: Sample, from first: Int, _ context: inout TransformerContext, into output: inout Output
    ) {
        var sample = sample
        for index in first..<steps.count {
            let next = steps[index].transformer.handle(sample, &context)
            tell(context.takeFaults(), of: index, into: &output)
            guard let next else { return }
            sample = next
        }
        output.samples.append(sample)
    }

    private mutating func tell(_ faults: [TransformerFault], of index: Int, into output: inout Output) {
        for fault in faults where told.count < Self.mostTold && told.insert("\(index) \(fault.reason)").inserted {
            let parameters = steps[index].parameters
            output.warnings.append(
                "\(parameters.location): \(parameters.title) dropped a sample of \(fault.meter.excerpt), resource "
                    + "\(fault.resource.excerpt): \(fault.reason) (more such samples are dropped without a word)")
        }
    }

    private mutating func sweep(at moment: Duration, longestInterval: Int) {
        // The wall clock may have been set back, where it is what counts.
        if let lastSweep, moment >= lastSweep, moment - lastSweep < .seconds(3600) { return }
        lastSweep = moment
        let age = Self.memory(longestInterval: longestInterval)
        for index in steps.indices { steps[index].transformer.forget(before: moment - age) }
    }
}
