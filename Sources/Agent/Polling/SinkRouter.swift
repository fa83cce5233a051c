import Outbox
import Pipeline
import Telemetry

/// Makes the payloads of each pipeline's publishers from the samples that its sink lets through.
struct SinkRouter: Sendable {
    private let publishers: [[any Publisher]]
    private var router: SampleRouter

    /// A router for pipelines with their publishers, in the order of the file.
    init(_ pipelines: [(pipeline: Pipeline, publishers: [any Publisher])], longestInterval: Int) {
        publishers = pipelines.map(\.publishers)
        router = SampleRouter(pipelines.map(\.pipeline), longestInterval: longestInterval)
    }

    /// What came of a cycle.
    struct Output {
        /// What is to be delivered, and by whom, in order.
        var payloads: [(identity: String, payloads: any RandomAccessCollection<Payload> & Sendable)] = []
        /// What is to be told of samples that transformers dropped.
        var warnings: [String] = []
    }

    /// What tells that instances are gone for good.
    func payloads(forEnded instances: [EndedInstance]) -> [(identity: String, payloads: [Payload])] {
        var seen: Set<String> = []
        // Publishers of one identity share a queue, and one of them is enough.
        return publishers.joined().compactMap { publisher in
            let payloads = publisher.payloads(forEnded: instances)
            guard !payloads.isEmpty, seen.insert(publisher.identity).inserted else { return nil }
            return (publisher.identity, payloads)
        }
    }

    /// The payloads of a cycle's samples; see `SampleRouter.route`.
    mutating func payloads(for samples: [Sample], now: Timestamp, monotonicTime: Duration?) -> Output {
        let routed = router.route(samples, now: now, monotonicTime: monotonicTime)
        var output = Output(warnings: routed.warnings)
        for (pipeline, samples) in routed.routed {
            for publisher in publishers[pipeline] {
                let payloads = publisher.payloads(for: samples)
                if !payloads.isEmpty { output.payloads.append((publisher.identity, payloads)) }
            }
        }
        return output
    }
}
