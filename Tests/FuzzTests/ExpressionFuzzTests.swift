import Fuzzing
import Telemetry
import Testing

@testable import Pipeline

/// Any text is an expression or has an error with a place; it comes to the same each time, or to a fault with a place;
/// and neither takes long.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ExpressionFuzzTests {
    private static let dictionary = FuzzDictionary(
        SampleAttribute.allCases.map(\.rawValue) + [
            "+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!=", "(", ")", " and ", " or ", "not ",
            ".", "$(", "$(cpu)", "$(memory.usage).", "resource_metadata.cpu_number", ".flavor.vcpus", "True", "False",
            "None", "1_000", "0.5", ".5", "5.", "1e308", "1e-5", "10**9", "2 ** -1", " or 1",
            "170141183460469231731687303715884105727",
            "-170141183460469231731687303715884105728", "9007199254740993", "lambda", "import", "0x1F", "1j", "'", "[",
        ],
        nesting: [("(", ")"), ("-", ""), ("not ", ""), ("2**", ""), ("1+", ""), ("1<", ""), ("(1 or ", ")")])

    private static let sample = Sample(
        id: SampleID(high: 1, low: 2), meter: Meter(name: "cpu", type: .cumulative, unit: "ns"),
        resource: Resource(
            id: "r", userID: "u", projectID: nil, source: "s",
            metadata: Metadata([
                .init("cpu_number", .integer(4)), .init("word", .string("x")), .init("none", .null),
                .init("ratio", .real(-0.25)), .init("flavor", .object([.init("vcpus", .integer(2))])),
                .init("list", .array([.integer(1)])),
            ])),
        volume: .integer(12_345_678_901_234_567_890), timestamp: Timestamp(seconds: 1_795_370_400))

    private static func attempt(_ bytes: [UInt8]) throws -> Trial {
        let text = String(decoding: bytes, as: UTF8.self)
        let isOfMeters = text.contains("$(")
        let length = text.unicodeScalars.count
        func check(_ error: ExpressionError) throws {
            try demand((1...length + 1).contains(error.position), "a place in the text: \(error)")
            try demand(error.message.isOneLine && !error.message.isEmpty, "a line: \(error.message.debugDescription)")
            try demand(error.message.unicodeScalars.count <= 1300, "a short message: \(error.message.prefix(300))")
        }
        let expression: Expression
        do throws(ExpressionError) {
            expression = try Expression(text, isOfMeters ? .meters : .sample)
        } catch {
            try check(error)
            return Trial(isAccepted: false, trait: Trial.shape(of: error.message))
        }
        func value() throws -> String {
            do throws(ExpressionError) {
                return "\(try expression.evaluate { _ in sample })"
            } catch {
                try check(error)
                return Trial.shape(of: error.message)
            }
        }
        let found = try value()
        try demand(try value() == found, "the same again")
        return Trial(isAccepted: true, trait: "\(expression.names.count) \(Trial.shape(of: found))")
    }

    @Test func expressions() async throws {
        let corpus = try Corpus.folder("expression")
        for input in corpus.inputs { try input.expect(try Self.attempt(input.bytes)) }
        try await Fuzzer(
            "expression", corpus: corpus, dictionary: Self.dictionary, budget: FuzzBudget(tries: 20_000, minutes: 1),
            maximumSize: 4096
        ).run { try Self.attempt($0) }
    }
}
