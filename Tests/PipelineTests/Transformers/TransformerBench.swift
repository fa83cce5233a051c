import Configuration
import Telemetry

@testable import Pipeline

/// Transformers as pipeline.yaml gives them, and samples to give to them.
enum TransformerBench {
    static let start = Timestamp("2026-11-22T18:00:00") ?? Timestamp(seconds: 0)

    static func sample(
        _ meter: String, _ type: MeterType = .cumulative, unit: String = "ns", volume: Volume, resource: String = "r",
        seconds: Double = 0, metadata: [MetadataValue.Field] = []
    ) -> Sample {
        Sample(
            id: SampleID(high: UInt64(bitPattern: Int64(seconds * 1000)), low: UInt64(meter.utf8.count)),
            meter: Meter(name: meter, type: type, unit: unit),
            resource: Resource(
                id: resource, userID: "u", projectID: "p", source: "s", metadata: Metadata(metadata)),
            volume: volume, timestamp: at(seconds))
    }

    static func at(_ seconds: Double) -> Timestamp {
        Timestamp(microseconds: start.microseconds + Int64(seconds * 1_000_000))
    }

    /// The chain of a sink whose `transformers` are that YAML, in flow style; and all that was told.
    static func read(_ transformers: String) -> (chain: TransformerChain?, told: [String]) {
        let (definition, told) = loadPipeline(
            """
            sources: [{name: s, meters: ["*"], sinks: [k]}]
            sinks:
            - name: k
              publishers: ["test://"]
              transformers: \(transformers)
            """)
        return (definition?.pipelines.first?.transformers, told)
    }
}

extension TransformerChain {
    /// A cycle at a time of that many seconds.
    mutating func run(_ samples: [Sample], seconds: Double, monotonicTime: Duration? = nil) -> Output {
        run(samples, now: TransformerBench.at(seconds), monotonicTime: monotonicTime, longestInterval: 300)
    }
}
