import Configuration
import Pipeline
import Telemetry
import Testing

@Suite struct ShippedFileTests {
    @Test func pollingFileLoadsWithoutAWord() throws {
        var diagnostics = Diagnostics()
        let known = try PipelineFixtures.knownMeters()
        let definition = try #require(
            PollingDefinition.load(
                try PipelineFixtures.shipped("polling.yaml"), file: "polling.yaml", knownMeters: PollableMeters(known),
                into: &diagnostics))
        #expect(diagnostics.all.isEmpty)
        let tasks = PollingTask.plan(definition, knownMeters: PollableMeters(known))
        #expect(tasks.map(\.interval) == [300])
        #expect(tasks.first?.meters == known.filter { !$0.hasPrefix("perf.") })
    }

    @Test func pipelineFileLoadsWithoutAWord() throws {
        var diagnostics = Diagnostics()
        let definition = try #require(
            PipelineDefinition.load(
                try PipelineFixtures.shipped("pipeline.yaml"), file: "pipeline.yaml", checkPublisher: { _, _, _ in [] },
                into: &diagnostics))
        #expect(diagnostics.all.isEmpty)
        #expect(definition.pipelines.map(\.name) == ["meter_source:meter_sink"])
        #expect(definition.pipelines.map(\.meters.patterns) == [["*"]])
        #expect(definition.pipelines.flatMap(\.publishers).map(\.url) == ["http://127.0.0.1:8080/v1/samples"])
    }

    @Test func whatIsCommentedOutIsReady() throws {
        let lines = String(decoding: try PipelineFixtures.shipped("pipeline.yaml"), as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        let text = lines.map { $0.hasPrefix("#  ") ? $0.dropFirst() : $0 }.joined(separator: "\n")
        var diagnostics = Diagnostics()
        let definition = try #require(
            PipelineDefinition.load(
                Array(text.utf8), file: "pipeline.yaml", checkPublisher: { _, _, _ in [] }, into: &diagnostics),
            "\(diagnostics.all)")
        #expect(diagnostics.all.isEmpty)
        let meters = [
            Meter(name: "cpu", type: .cumulative, unit: "ns"),
            Meter(name: "disk.device.read.bytes", type: .cumulative, unit: "B"),
            Meter(name: "disk.device.write.requests", type: .cumulative, unit: "request"),
            Meter(name: "network.incoming.bytes", type: .cumulative, unit: "B"),
            Meter(name: "network.outgoing.packets", type: .cumulative, unit: "packet"),
        ]
        let results = definition.pipelines.dropFirst().map { pipeline in
            pipeline.transformers.meters(from: meters.filter { pipeline.meters.matches($0.name) }).map {
                "\($0.name) \($0.type) \($0.unit)"
            }
        }
        #expect(
            results == [
                ["cpu_util gauge %"],
                ["disk.device.read.bytes.rate gauge B/s", "disk.device.write.requests.rate gauge request/s"],
                ["network.incoming.bytes.rate gauge B/s", "network.outgoing.packets.rate gauge packet/s"],
            ])
        // Every meter that the shipped polling.yaml selects and these sources take is a counter whose rate has a name.
        let known = try PipelineFixtures.knownMeters()
        for pipeline in definition.pipelines.dropFirst() {
            let taken = known.filter { pipeline.meters.matches($0) }.map {
                Meter(name: $0, type: .cumulative, unit: "B")
            }
            let names = pipeline.transformers.meters(from: taken).map(\.name)
            #expect(!taken.isEmpty && Set(names).isDisjoint(with: known), "\(pipeline.name): \(names)")
        }
    }

    @Test func whatStandsInForMissingFilesTakesEverything() throws {
        let known = try PipelineFixtures.knownMeters()
        #expect(PollingTask.plan(.everything, knownMeters: PollableMeters(known)).map(\.meters) == [known])
        #expect(known.allSatisfy { PipelineDefinition.everything.pipelines[0].meters.matches($0) })
    }
}
