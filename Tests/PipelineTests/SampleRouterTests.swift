import Telemetry
import Testing

@testable import Pipeline

@Suite struct SampleRouterTests {
    private func router(_ text: String) throws -> SampleRouter {
        let (definition, told) = loadPipeline(text)
        return SampleRouter(try #require(definition, "\(told)").pipelines, longestInterval: 60)
    }

    private func cpu(_ volume: Int128, _ seconds: Double) -> Sample {
        TransformerBench.sample("cpu", volume: .integer(volume), seconds: seconds)
    }

    @Test func whatATransformerMakesGoesToItsSinkAlone() throws {
        var router = try router(
            """
            sources:
              - {name: a, meters: [cpu], sinks: [rate, plain]}
              - {name: b, meters: ["*"], sinks: [plain]}
              - {name: c, meters: [cpu_util], sinks: [plain]}
            sinks:
              - name: rate
                transformers: [{name: rate_of_change, parameters: {target: {name: cpu_util}}}]
                publishers: ["test://"]
              - {name: plain, publishers: ["test://"]}
            """)
        _ = router.route([cpu(0, 0)], now: TransformerBench.at(0), monotonicTime: nil)
        let output = router.route([cpu(10, 10)], now: TransformerBench.at(10), monotonicTime: nil)
        #expect(output.routed.map(\.pipeline) == [0, 1, 2])
        #expect(output.routed.map { $0.samples.map(\.meter.name) } == [["cpu_util"], ["cpu"], ["cpu"]])
    }

    @Test func sourcesOfASinkShareWhatItsTransformersRemember() throws {
        var router = try router(
            """
            sources:
              - {name: a, meters: [cpu], sinks: [k]}
              - {name: b, meters: ["*"], sinks: [k]}
            sinks:
              - {name: k, transformers: [{name: rate_of_change}], publishers: ["test://"]}
            """)
        let memory = TransformerBench.sample("memory", .gauge, volume: .integer(1))
        let result1 = router.route([cpu(0, 0), memory], now: TransformerBench.at(0), monotonicTime: nil)
        #expect(result1.routed.isEmpty)
        let output = router.route([cpu(10, 10)], now: TransformerBench.at(10), monotonicTime: nil)
        // Once, and not a second time as one that has not changed.
        #expect(output.routed.map { $0.samples.map(\.volume) } == [[.real(1)]])
    }

    @Test func samplesThatAreKeptComeAtTheEndOfALaterCycle() throws {
        var router = try router(
            """
            sources:
              - {name: a, meters: [cpu], sinks: [k]}
            sinks:
              - name: k
                transformers: [{name: aggregator, parameters: {size: 100, retention_time: 30}}]
                publishers: ["test://"]
            """)
        let result2 = router.route([cpu(1, 0)], now: TransformerBench.at(0), monotonicTime: nil)
        #expect(result2.routed.isEmpty)
        let result3 = router.route([], now: TransformerBench.at(30), monotonicTime: nil)
        #expect(result3.routed.isEmpty)
        let output = router.route([], now: TransformerBench.at(31), monotonicTime: nil)
        #expect(output.routed.map { $0.samples.map(\.volume) } == [[.integer(1)]])
    }
}
