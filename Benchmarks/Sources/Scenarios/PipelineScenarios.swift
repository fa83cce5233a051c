import Configuration
import Pipeline
import Synchronization
import Telemetry

extension Scenario {
    /// Samples of a cycle through three pipelines without transformers.
    static let pipelines = Scenario(name: "pipelines", count: 15_000, unit: "sample") {
        try routing(
            """
            sources:
            - {name: all, meters: ["*"], sinks: [all]}
            - {name: some, meters: ["cpu", "memory.*", "disk.device.*.bytes"], sinks: [some]}
            - {name: others, meters: ["!memory.*", "!network.*"], sinks: [others]}
            sinks:
            - {name: all, publishers: ["test://"]}
            - {name: some, publishers: ["test://"]}
            - {name: others, publishers: ["test://"]}
            """, samples: Agent.samples(instances: 500))
    }

    /// `cpu` of 500 instances → `cpu_util`, as `etc/aerostat/pipeline.yaml` makes it.
    static let rateOfChange = Scenario(name: "rate of change", count: 500, unit: "sample") {
        try routing(
            """
            sources:
            - {name: cpu, meters: [cpu], sinks: [cpu]}
            sinks:
            - name: cpu
              transformers:
              - name: rate_of_change
                parameters:
                  target: {name: cpu_util, unit: "%", type: gauge, max: 100, scale: "100.0 / (10**9 * (resource_metadata.cpu_number or 1))"}
              publishers: ["test://"]
            """, samples: Agent.samples(instances: 500).filter { $0.meter.name == "cpu" })
    }

    /// Routes samples cycle after cycle, each a minute after the one before.
    private static func routing(_ pipelineFile: String, samples: [Sample]) throws -> Repetition {
        let pipelines = try YAMLText(pipelineFile).pipelines.pipelines
        let work = Mutex((router: SampleRouter(pipelines, longestInterval: 60), cycle: 0))
        let interval = Host.interval
        return {
            let output = work.withLock { work in
                work.cycle += 1
                return work.router.route(
                    samples, now: Host.time(of: work.cycle), monotonicTime: .seconds(work.cycle * interval))
            }
            guard output.warnings.isEmpty else { throw Failure("\(output.warnings)") }
            return 0
        }
    }
}
