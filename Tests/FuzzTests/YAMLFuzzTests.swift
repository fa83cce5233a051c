import Compute
import Configuration
import Fuzzing
import Pipeline
import Publishers
import Telemetry
import Testing

/// Any bytes are a definition or have an error with a place; and always the same.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct YAMLFuzzTests {
    private static let dictionary = FuzzDictionary(
        [
            "sources", "sinks", "name", "interval", "meters", "resources", "discovery", "publishers", "transformers",
            "group_id_coordination_expression", "<<", "<<: *a\n", "&a ", "*a", "- ", ": ", "? ", "| \n", ">-\n",
            "---\n",
            "...\n", "%YAML 1.1\n", "%TAG ! x\n", "!!str ", "!!binary ", "!!set ", "!x ", "! ", "#", "'", "\"", "\\x00",
            "\\ud800", "\\U00110000", "{", "}", "[", "]", ",", "~", "null", "yes", "off", ".inf", "-.inf", ".nan",
            "017",
            "0b1", "0x_", "0x", "1:30", "190:20:30.15", "2001-12-14", "=", "*", "!*", "!", "*a*a*a*a*a*a*a*a*", "[!a",
            "[]]", "[z-a]", "?", "cpu", "memory", "disk.device.*", "local_instances", "one", "a:b",
            "test", "test://", "http://h/", "https://", "http://u:p@h:1/?a=b#c", "file:///x", "://", "@", "%", "%0A",
            "%00", "%ff", "timeout=", "max_retries=", "batch=", "verify_ssl=", "clientkey=", "max_bytes=", "&x=y",
            "[::1]", "rate_of_change", "delta", "unit_conversion", "aggregator", "accumulator", "arithmetic",
            "parameters",
            "source", "target", "map_from", "map_to", "unit", "type", "scale", "max", "expr", "growth_only", "size",
            "retention_time", "resource_metadata", "$(cpu)", "\\1", "\\g<1>", "(a|b)", "tag:yaml.org,2002:", "  ",
            "\n- ", "\n  ",
        ],
        nesting: [("[", "]"), ("{a: ", "}"), ("- ", ""), ("a:\n ", ""), ("? ", ""), ("*", ""), ("&x [*x, ", "]")])

    private static func polling(_ bytes: [UInt8]) throws -> Trial {
        func load() -> (PollingDefinition?, [Diagnostic]) {
            var diagnostics = Diagnostics()
            let definition = PollingDefinition.load(
                bytes, file: "polling.yaml", knownMeters: PollableMeters(MeterTable.names), into: &diagnostics)
            return (definition, diagnostics.all)
        }
        let (definition, all) = load()
        let told = FileDiagnostics(all: all, file: "polling.yaml")
        try told.check(against: bytes, isRead: definition != nil)
        let again = load()
        try demand(again.1 == all && (again.0 == nil) == (definition == nil), "the same again")
        guard let definition else { return Trial(isAccepted: false, trait: told.trait) }
        let tasks = PollingTask.plan(definition, knownMeters: PollableMeters(MeterTable.names))
        for task in tasks {
            try demand(task.interval >= 1 && !task.meters.isEmpty, "a task with meters: \(task)")
            try demand(Set(task.meters).count == task.meters.count, "each meter once: \(task)")
            var schedule = Schedule(interval: task.interval, host: "h", startedAt: Timestamp(seconds: 1_795_370_400))
            let due = schedule.next(after: .zero).due
            try demand(due > .zero && due <= .seconds(task.interval), "a tick within the interval: \(due)")
        }
        return Trial(isAccepted: true, trait: "\(definition.sources.count) \(tasks.count) \(told.trait)")
    }

    private static func pipeline(_ bytes: [UInt8]) throws -> Trial {
        func load() -> (PipelineDefinition?, [Diagnostic]) {
            var diagnostics = Diagnostics()
            let definition = PipelineDefinition.load(
                bytes, file: "pipeline.yaml",
                checkPublisher: { url, location, _ in PublisherFactory.validate(url, at: location) },
                into: &diagnostics)
            return (definition, diagnostics.all)
        }
        let (definition, all) = load()
        let told = FileDiagnostics(all: all, file: "pipeline.yaml")
        try told.check(against: bytes, isRead: definition != nil)
        let again = load()
        try demand(again.1 == all && (again.0 == nil) == (definition == nil), "the same again")
        guard let definition else { return Trial(isAccepted: false, trait: told.trait) }
        let names = definition.pipelines.map(\.name)
        try demand(Set(names).count == names.count, "each pipeline once: \(names)")
        for pipeline in definition.pipelines {
            try demand(!pipeline.publishers.isEmpty, "publishers of \(pipeline.name)")
            for meter in MeterTable.names { _ = pipeline.meters.matches(meter) }
            _ = pipeline.transformers.meters(from: MeterTable.meters)
        }
        return Trial(isAccepted: true, trait: "\(definition.pipelines.count) \(told.trait)")
    }

    @Test func polling() async throws {
        let corpus = try Corpus.folder("polling")
        for input in corpus.inputs { try input.expect(try Self.polling(input.bytes)) }
        try await Fuzzer(
            "polling", corpus: corpus, dictionary: Self.dictionary, budget: FuzzBudget(tries: 900, minutes: 1)
        ).run { try Self.polling($0) }
    }

    @Test func pipeline() async throws {
        let corpus = try Corpus.folder("pipeline")
        for input in corpus.inputs { try input.expect(try Self.pipeline(input.bytes)) }
        try await Fuzzer(
            "pipeline", corpus: corpus, dictionary: Self.dictionary, budget: FuzzBudget(tries: 1000, minutes: 1)
        ).run(accepting: 0.02) { try Self.pipeline($0) }
    }
}
