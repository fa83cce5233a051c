import Fuzzing
import Testing

@testable import Telemetry

@Suite struct JSONReaderTests {
    private func read(_ text: String) throws -> MetadataValue { try MetadataValue(json: Array(text.utf8)) }

    @Test func readsEveryKindOfValueInItsOrder() throws {
        let value = try read(
            #" {"b": [1, -2.5, 1e3, true, false, null, "x"], "a": {"": 0}, "9": 9223372036854775808} "#)
        #expect(
            value
                == .object([
                    .init(
                        "b",
                        .array([
                            .integer(1), .real(-2.5), .real(1000), .bool(true), .bool(false), .null, .string("x"),
                        ])), .init("a", .object([.init("", .integer(0))])),
                    .init("9", .real(9_223_372_036_854_775_808)),
                ]))
    }

    @Test func ofTwoWithOneNameTheLaterCounts() throws {
        #expect(
            try read(#"{"a": 1, "b": 2, "a": 3}"#) == .object([.init("a", .integer(3)), .init("b", .integer(2))]))
        // One letter in two forms is two names.
        let value = try read(#"{"\u00e9": 1, "e\u0301": 2}"#)
        #expect(value.fields?.count == 2)
        #expect(value["e\u{301}"] == .integer(2))
    }

    @Test func readsEscapes() throws {
        #expect(try read(#""\"\\\/\b\f\n\r\t\u0041\ud83d\ude00 ü""#).text == "\"\\/\u{8}\u{C}\n\r\tA\u{1F600} ü")
        #expect(try read(#""\ud800x\udc00""#).text == "\u{FFFD}x\u{FFFD}")
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "\"", "\"\\", "\"\\u12", "\"\\x\"", "tru",
        "nul", "01", "-", "1.", ".5", "1e", "+1", "NaN", "Infinity", "1 2", "\"\u{1}\"", "{a: 1}", "'a'", "1e999",
        "\u{FEFF}1",
        "\"\\ud800\\u\"",
    ])
    func refusesWhatIsNone(text: String) {
        #expect(throws: JSONError.self) { try read(text) }
    }

    @Test func refusesWhatIsNoUTF8() {
        #expect(throws: JSONError(offset: 1, expected: "UTF-8")) {
            try MetadataValue(json: [0x22, 0xFF, 0x22])
        }
    }

    @Test func isNotBroughtDownByDepth() {
        #expect(throws: JSONError.self) { try read(String(repeating: "[", count: 1_000_000)) }
        #expect(throws: Never.self) {
            try read(String(repeating: "[", count: 64) + String(repeating: "]", count: 64))
        }
    }

    @Test func whatIsWrittenIsReadBack() throws {
        var random = SplitMix(seed: 7)
        for _ in 0..<500 {
            let value = Self.value(depth: 0, &random)
            var writer = JSONWriter()
            writer.value(value)
            #expect(try MetadataValue(json: writer.bytes) == value)
        }
    }

    private static func value(depth: Int, _ random: inout SplitMix) -> MetadataValue {
        switch Int.random(in: 0..<(depth > 3 ? 5 : 7), using: &random) {
        case 0: .null
        case 1: .bool(Bool.random(using: &random))
        case 2: .integer(Int64.random(in: .min ... .max, using: &random))
        case 3: .real(Double.random(in: -1e9...1e9, using: &random) + 0.5)
        case 4: .string(text(&random))
        case 5: .array((0..<Int.random(in: 0..<4, using: &random)).map { _ in value(depth: depth + 1, &random) })
        default:
            .object(
                (0..<Int.random(in: 0..<4, using: &random)).map {
                    .init("\($0)\(text(&random))", value(depth: depth + 1, &random))
                })
        }
    }

    private static func text(_ random: inout SplitMix) -> String {
        let scalars = (0..<Int.random(in: 0..<6, using: &random)).compactMap { _ in
            Unicode.Scalar(UInt32.random(in: 0..<0x1_10000, using: &random))
        }
        return String(String.UnicodeScalarView(scalars))
    }
}
