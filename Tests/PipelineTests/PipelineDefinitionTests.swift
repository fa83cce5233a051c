import Configuration
import Pipeline
import Testing

@Suite struct PipelineDefinitionTests {
    private let sinks = "sinks:\n  - {name: k, publishers: ['test://']}\n"

    @Test func sourcesAndSinksMakePipelinesInOrder() throws {
        let (definition, told) = loadPipeline(
            """
            sources:
              - {name: a, meters: [cpu], sinks: [k, l]}
              - {name: b, meters: "!cpu", sinks: l}
            sinks:
              - {name: k, publishers: ["test://", "http://h:1/x"]}
              - {name: l, publishers: test}
            """)
        #expect(told.isEmpty)
        let pipelines = try #require(definition).pipelines
        #expect(pipelines.map(\.name) == ["a:k", "a:l", "b:l"])
        #expect(pipelines.map(\.sink) == ["k", "l", "l"])
        #expect(pipelines.map { $0.publishers.map(\.url) } == [["test://", "http://h:1/x"], ["test://"], ["test://"]])
        #expect(pipelines[0].publishers[1].location.description == "pipeline.yaml:5:39")
        #expect(pipelines.map { $0.meters.matches("cpu") } == [true, true, false])
    }

    @Test(
        arguments: [
            "", "5", "[]", "sources: []", "sinks: []", "sources:\nsinks:\n", "sources: 5\nsinks: []",
            "sources: [5]\nsinks: []",
            "sources: []\nsinks: [{}]", "sources: []\nsinks: [{name: k}]",
            "sources: []\nsinks: [{name: k, publishers: }]",
            "sources: []\nsinks: [{name: k, publishers: []}]", "sources: []\nsinks: [{name: k, publishers: [5]}]",
            "sources: []\nsinks: [{name: k, publishers: {a: b}}]",
            "sources: []\nsinks: [{name: k, publishers: ['nope://']}]",
            "sources: []\nsinks: [{name: [k], publishers: ['test://']}]",
            "sources: []\nsinks: [{name: k, publishers: ['test://']}, {name: k, publishers: ['test://']}]",
            "sources: []\nsinks: [{name: k, publishers: ['test://'], transformers: [{name: arithmetic}]}]",
            "sources: []\nsinks: [{name: k, publishers: ['test://'], transformers: [{name: nope}]}]",
            "sources: []\nsinks: [{name: k, publishers: ['test://'], transformers: [{}]}]",
            "sources: []\nsinks: [{name: k, publishers: ['test://'], transformers: text}]",
            "sources: [{name: a, meters: ['*'], sinks: [k, k]}]\nsinks: [{name: k, publishers: ['test://']}]",
            "sources: [{name: a, meters: ['*'], sinks: []}]\nsinks: [{name: k, publishers: ['test://']}]",
            "sources: [{name: a, meters: ['*'], sinks: }]\nsinks: [{name: k, publishers: ['test://']}]",
            "sources: [{name: a, sinks: [k]}]\nsinks: [{name: k, publishers: ['test://']}]",
            "sources: [{name: a, meters: [cpu, '*'], sinks: [k]}]\nsinks: [{name: k, publishers: ['test://']}]",
            "sources: []\nsinks: [}", "sources: []\nsources: []\nsinks: []", "sources: []\nsinks: []\n---\n",
        ])
    func badFilesAreRefusedWithTheirPlace(text: String) {
        let (definition, told) = loadPipeline(text)
        #expect(definition == nil)
        #expect(told.allSatisfy { $0.wholeMatch(of: /pipeline\.yaml:\d+:\d+: (error|warning): .+/) != nil }, "\(told)")
        #expect(told.contains { $0.contains(": error: ") })
    }

    @Test func errorsOfBothPartsAreToldAtOnce() {
        let (_, told) = loadPipeline(
            """
            sources:
              - {name: a, meters: [cpu, "!vcpus"], sinks: [kk]}
              - {name: a, meters: [cpu], sinks: [sink_1]}
            sinks:
              - {name: sink1, publishers: ["nope://"]}
              - {publishers: ["test://"], transformer: []}
            """)
        #expect(
            told.filter { $0.contains(" error: ") }.map { $0.prefix { $0 != " " } } == [
                "pipeline.yaml:5:32:", "pipeline.yaml:6:5:", "pipeline.yaml:2:29:", "pipeline.yaml:3:12:",
                "pipeline.yaml:3:38:",
            ])
        #expect(told.contains { $0.hasSuffix("did you mean transformers?") })
        #expect(told.contains { $0.hasSuffix("expected one of 'sink1'; did you mean sink1?") })
    }

    @Test func oneMissingPartHidesNoErrorOfTheOther() {
        let (_, told) = loadPipeline("sources:\n  - {name: a, meters: [], sinks: [k]}\n")
        #expect(told.count == 2)
        #expect(told.contains { $0.contains("there is no \"sinks\"") })
        #expect(told.contains { $0.hasPrefix("pipeline.yaml:2:23: error: meters of source 'a' is empty") })
    }

    @Test(arguments: ["sources: []\n", "sources: {}\n", "sources: ''\n"])
    func noSourcesAreAllowed(sources: String) {
        let (definition, told) = loadPipeline(sources + sinks)
        #expect(definition?.pipelines.isEmpty == true, "\(told)")
    }

    @Test func formerKeysAreTakenWithAWarning() {
        let (definition, told) = loadPipeline(
            "sources:\n  - {name: a, interval: 5, meters: ['*'], sinks: [k], resources: [x]}\n" + sinks)
        #expect(definition != nil)
        #expect(told.count == 2)
        #expect(told.allSatisfy { $0.contains("set it in polling.yaml") })
    }

    @Test(
        arguments: [
            "sources:\n  - {name: a, meters: ['*'], sinks: ['http://u:geheim@h/']}\nsinks: []\n",
            "sources: []\nsinks:\n  - {name: k, publishers: ['test://'], 'http://u:geheim@h/': 1}\n",
            "sources: []\nsinks:\n  - {name: k, 'http://u:geheim@h/': 1, 'http://u:geheim@h/': 2}\n",
            "sources: []\nsinks:\n  - http://u:geheim@h/\n", "http://u:geheim@h/: 1\n", "http://u:geheim@h/\n",
            "sources: [{name: 'http://u:geheim@h/', meters: []}]\nsinks: [{name: 'http://u:geheim@h/'}]\n",
            "sources: [{name: a, meters: ['http://u:geheim@h/', '!http://u:geheim@h/'], sinks: [k]}]\nsinks: []\n",
            "sources: []\nsinks: [{name: k, publishers: ['test://'], transformers: [{name: http://u:geheim@h/}]}]",
            "sources: []\nsinks: [{name: k, publishers: ['http://u:geheim@h/]}",
            "sources: !<http://u:geheim@h/> []\n",
        ])
    func passwordsInWrongPlacesStaySecret(text: String) {
        let (definition, told) = loadPipeline(text)
        #expect(definition == nil || told.contains { $0.contains(": warning: ") })
        #expect(!told.isEmpty)
        #expect(!told.contains { $0.contains("geheim") }, "\(told)")
    }

    @Test func manySourcesAndSinksTakeNoTime() {
        var text = "sources:\n"
        for number in 0..<5000 { text += "- {name: a\(number), meters: ['*'], sinks: [k\(number)]}\n" }
        text += "sinks:\n"
        for number in 0..<5000 { text += "- {name: k\(number), publishers: ['test://']}\n" }
        let (definition, told) = loadPipeline(text)
        #expect(definition?.pipelines.count == 5000, "\(told.prefix(3))")
    }
}
