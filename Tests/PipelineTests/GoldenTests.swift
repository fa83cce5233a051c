import Pipeline
import Testing

/// Ceilometer 27.0.0 was given these files; Aerostat must answer the same, but for the differences named here.
@Suite struct GoldenTests {
    @Test func metersMatchAsInCeilometer() throws {
        let golden = try PipelineFixtures.load("matching-cases", as: PipelineFixtures.Matching.self)
        #expect(golden.cases.count >= 18)
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

    @Test func pollingFilesLoadAsInCeilometer() throws {
        let cases = try PipelineFixtures.load("polling-yaml-cases", as: [PipelineFixtures.PollingCase].self)
            .filter { !$0.yaml.hasPrefix("(file does not exist") }
        #expect(cases.count >= 16)
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

    @Test func pipelineFilesLoadAsInCeilometer() throws {
        let cases = try PipelineFixtures.load("pipeline-yaml-cases", as: [PipelineFixtures.PipelineCase].self)
        #expect(cases.count >= 15)
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
}
