import Pipeline
import Testing

/// Ceilometer 27.0.0 was given these files; Aerostat must answer the same, but for the differences named here.
@Suite struct GoldenTests {
    @Test(arguments: [("matching-cases", 18), ("more-matching-cases", 62)])
    func metersMatchAsInCeilometer(file: String, count: Int) throws {
        let golden = try PipelineFixtures.load(file, as: PipelineFixtures.Matching.self)
        #expect(golden.cases.count >= count)
        for recorded in golden.cases {
            let text = "sources:\n  - {name: s, interval: 10, meters: \(recorded.meters.yaml)}\n"
            let (definition, told) = loadPolling(text, known: golden.metersTested)
            guard recorded.valid else {
                #expect(definition == nil, "\(text)")
                #expect(told.contains { $0.contains(": error: ") }, "\(text)")
                continue
            }
            let source = try #require(definition?.sources.first, "\(text): \(told)")
            var expected = try #require(recorded.matched)
            // A text in the place of a list is a list of one; Ceilometer takes it letter by letter.
            if case .text(let meter) = recorded.meters { expected = [meter] }
            #expect(golden.metersTested.filter { source.meters.matches($0) } == expected, "\(text)")
        }
    }

    @Test(arguments: [("polling-yaml-cases", 16), ("more-polling-yaml-cases", 87)])
    func pollingFilesLoadAsInCeilometer(file: String, count: Int) throws {
        let cases = try PipelineFixtures.load(file, as: [PipelineFixtures.PollingCase].self)
            .filter { !$0.yaml.hasPrefix("(file does not exist") }
        #expect(cases.count >= count)
        for recorded in cases {
            let (definition, told) = loadPolling(recorded.yaml)
            #expect((definition != nil) == recorded.valid, "\(recorded.yaml): \(told)")
            #expect(told.contains { $0.contains(": error: ") } != recorded.valid, "\(recorded.yaml): \(told)")
            guard recorded.valid, let definition else { continue }
            let expected = try #require(recorded.sources)
            #expect(definition.sources.map(\.name) == expected.map(\.name.text))
            #expect(definition.sources.map(\.interval) == expected.map(\.interval))
            #expect(definition.sources.map(\.meters.patterns) == expected.map(\.meters.list))
            #expect(definition.sources.map(\.resources) == expected.map(\.resources))
            #expect(definition.sources.map(\.discovery) == expected.map(\.discovery))
        }
    }

    @Test(arguments: [("pipeline-yaml-cases", 15), ("more-pipeline-yaml-cases", 59)])
    func pipelineFilesLoadAsInCeilometer(file: String, count: Int) throws {
        let cases = try PipelineFixtures.load(file, as: [PipelineFixtures.PipelineCase].self)
        #expect(cases.count >= count)
        for recorded in cases {
            let (definition, told) = loadPipeline(recorded.yaml)
            #expect((definition != nil) == recorded.valid, "\(recorded.yaml): \(told)")
            guard recorded.valid, let definition else { continue }
            let expected = try #require(recorded.pipelines)
            #expect(definition.pipelines.map(\.name) == expected.map(\.name))
            #expect(definition.pipelines.map(\.meters.patterns) == expected.map(\.meters))
            // Ceilometer drops a publisher that it cannot load; whether it can is the caller's check here.
            for (pipeline, recorded) in zip(definition.pipelines, expected) where !recorded.publishers.isEmpty {
                #expect(pipeline.publishers.count == recorded.publishers.count)
            }
        }
    }

    /// Ceilometer takes a mapping's keys for a list, and a list in a list for a pattern that matches nothing.
    @Test func whatOnlyLooksLikeAListIsAnError() {
        for meters in ["{cpu: 1}", "[[cpu]]"] {
            let (definition, told) = loadPolling("sources:\n  - {name: s, interval: 10, meters: \(meters)}\n")
            #expect(definition == nil)
            #expect(told.contains { $0.contains(": error: ") }, "\(told)")
        }
        let (definition, told) = loadPipeline(
            """
            sources:
              - {name: a, meters: ["*"], sinks: {k: 1}}
            sinks:
              - {name: k, publishers: ["test://"]}

            """)
        #expect(definition == nil)
        #expect(told.contains { $0.contains(": error: ") }, "\(told)")
    }
}
