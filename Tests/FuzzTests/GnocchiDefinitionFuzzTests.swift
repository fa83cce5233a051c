import Compute
import Configuration
import Fuzzing
import Telemetry
import Testing

@testable import Publishers

/// Any bytes are a gnocchi_resources.yaml or have an error with a place; and always the same.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct GnocchiDefinitionFuzzTests {
    private static let dictionary = FuzzDictionary(
        [
            "archive_policy_default", "archive_policies", "resources", "resource_type", "metrics", "attributes",
            "archive_policy_name", "archive_policy", "event_create", "event_attributes", "fields", "plugin", "name",
            "definition", "granularity", "timespan", "cpu", "memory.*", "!memory", "!", "instance", "resource_metadata",
            "(a|(b.c)|d)", "a.b", "a..b", "a[0]", "a[*]", "['x y']", "$", "*", "|", "`len`", "- ", ": ", "{", "}", "[",
            "]", ",", "&a ", "*a", "<<: *a\n", "\n  ", "\n    ", "null", "5", "true", ".nan",
        ], nesting: [("[", "]"), ("{a: ", "}"), ("(", ")"), ("- ", ""), ("a:\n ", "")])

    private static let sample = MetadataValue.object([
        .init(
            "resource_metadata",
            .object([
                .init("a", .object([.init("b", .string("x"))])), .init("l", .array([.integer(1), .null])),
            ]))
    ])

    private static func load(_ bytes: [UInt8]) throws -> Trial {
        func load() -> (GnocchiDefinition?, [Diagnostic]) {
            var diagnostics = Diagnostics()
            let definition = GnocchiDefinition.load(bytes, file: "gnocchi.yaml", into: &diagnostics)
            return (definition, diagnostics.all)
        }
        let (definition, all) = load()
        let told = FileDiagnostics(all: all, file: "gnocchi.yaml")
        try told.check(against: bytes, isRead: definition != nil)
        let again = load()
        try demand(again.1 == all && (again.0 == nil) == (definition == nil), "the same again")
        guard let definition else { return Trial(isAccepted: false, trait: told.trait) }
        var metrics = 0
        for meter in MeterTable.names {
            guard let found = definition.lookUp(meter) else { continue }
            metrics += 1
            try demand(definition.policiesInUse.contains(found.metric.archivePolicy), "a policy in use")
            for attribute in definition.resources[found.resource].attributes {
                if let value = attribute.value(in: sample) { try demand(value != .null, "no null") }
            }
        }
        return Trial(isAccepted: true, trait: "\(definition.resources.count) \(min(metrics, 5)) \(told.trait)")
    }

    @Test func definition() async throws {
        let corpus = try Corpus.folder("gnocchi-resources")
        for input in corpus.inputs { try input.expect(try Self.load(input.bytes)) }
        try await Fuzzer(
            "gnocchi-resources", corpus: corpus, dictionary: Self.dictionary,
            budget: FuzzBudget(tries: 1000, minutes: 1)
        ).run(accepting: 0.02) { try Self.load($0) }
    }
}
