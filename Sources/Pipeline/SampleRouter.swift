public import Telemetry

/// Gives each pipeline the samples that it matches, and takes them through the transformers of its sink.
///
/// Samples are matched by their meters' names alone, whatever source polled them, as in Ceilometer of both generations.
/// What a transformer makes goes to its sink's publishers and is matched by nobody again.
public struct SampleRouter: Sendable {
    private var routes: [Route] = []
    private let longestInterval: Int

    /// Pipelines whose samples go the same way: one, or all of a sink that has transformers.
    fileprivate struct Route: Sendable {
        /// The place of the first of them in the file.
        let pipeline: Int
        var filters: [MeterFilter]
        var transformers: TransformerChain
    }

    /// A router for pipelines, in the order of the file. `longestInterval`, in seconds, is that of the polling tasks.
    public init(_ pipelines: [Pipeline], longestInterval: Int) {
        self.longestInterval = longestInterval
        var sinks: [String: Int] = [:]
        for (index, pipeline) in pipelines.enumerated() {
            if !pipeline.transformers.isEmpty {
                // A sample that reaches a sink through two of its sources is transformed once: the second time it
                // would look like one that has not changed.
                if let known = sinks[pipeline.sink] {
                    routes[known].filters.append(pipeline.meters)
                    continue
                }
                sinks[pipeline.sink] = routes.count
            }
            routes.append(
                Route(pipeline: index, filters: [pipeline.meters], transformers: pipeline.transformers))
        }
    }

    /// What came of a cycle.
    public struct Output: Sendable {
        /// The samples for the publishers of each pipeline that has any, by its place in the file. Of a sink with
        /// transformers, its first pipeline stands for all.
        public var routed: [(pipeline: Int, samples: [Sample])] = []
        /// What is to be told of samples that were dropped because of a fault.
        public var warnings: [String] = []
    }

    /// Routes the samples of a cycle. `now` is its time; `monotonicTime` the same by a clock that nobody sets, since any
    /// fixed moment, if the samples are of the present.
    public mutating func route(_ samples: [Sample], now: Timestamp, monotonicTime: Duration?) -> Output {
        var output = Output()
        for index in routes.indices {
            let matching = routes[index].matching(samples)
            let transformed = routes[index].transformers.run(
                matching, now: now, monotonicTime: monotonicTime, longestInterval: longestInterval)
            output.warnings += transformed.warnings
            if !transformed.samples.isEmpty { output.routed.append((routes[index].pipeline, transformed.samples)) }
        }
        return output
    }
}

extension SampleRouter.Route {
    fileprivate func matching(_ samples: [Sample]) -> [Sample] {
        // A cycle has few meters and many samples: each meter is matched once.
        var decided: [ObjectIdentifier: Bool] = [:]
        func isMatching(_ meter: Meter) -> Bool {
            if let decision = decided[ObjectIdentifier(meter)] { return decision }
            let decision = filters.contains { $0.matches(meter.name) }
            decided[ObjectIdentifier(meter)] = decision
            return decision
        }
        // Most pipelines take all that is polled, and all need not be copied.
        guard let first = samples.indices.first(where: { !isMatching(samples[$0].meter) }) else { return samples }
        return samples[..<first] + samples[first...].filter { isMatching($0.meter) }
    }
}
