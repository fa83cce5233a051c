import Configuration
import Pipeline
import Testing

@Suite struct ShippedFileTests {
    @Test func pollingFileLoadsWithoutAWord() throws {
        var diagnostics = Diagnostics()
        let known = try PipelineFixtures.knownMeters()
        let definition = try #require(
            PollingDefinition.load(
                try PipelineFixtures.shipped("polling.yaml"), file: "polling.yaml", knownMeters: known,
                into: &diagnostics))
        #expect(diagnostics.all.isEmpty)
        let tasks = PollingTask.plan(definition, knownMeters: known)
        #expect(tasks.map(\.interval) == [300])
        #expect(tasks.first?.meters == known.filter { !$0.hasPrefix("perf.") })
    }

    @Test func pipelineFileLoadsWithoutAWord() throws {
        var diagnostics = Diagnostics()
        let definition = try #require(
            PipelineDefinition.load(
                try PipelineFixtures.shipped("pipeline.yaml"), file: "pipeline.yaml", checkPublisher: { _, _ in [] },
                into: &diagnostics))
        #expect(diagnostics.all.isEmpty)
        #expect(definition.pipelines.map(\.name) == ["meter_source:meter_sink"])
        #expect(definition.pipelines.map(\.meters.patterns) == [["*"]])
        #expect(definition.pipelines.flatMap(\.publishers).map(\.url) == ["http://127.0.0.1:8080/v1/samples"])
    }

    @Test func whatStandsInForMissingFilesTakesEverything() throws {
        let known = try PipelineFixtures.knownMeters()
        #expect(PollingTask.plan(.everything, knownMeters: known).map(\.meters) == [known])
        #expect(known.allSatisfy { PipelineDefinition.everything.pipelines[0].meters.matches($0) })
    }
}
