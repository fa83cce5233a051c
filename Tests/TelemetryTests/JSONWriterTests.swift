import Foundation
import Fuzzing
import Telemetry
import Testing

/// The writer against RFC 8259, as Foundation reads it, and against what Python's `json.dumps` writes.
struct JSONWriterTests {
    private func written(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test(arguments: 0..<20)
    func foundationReadsBackEveryText(seed: Int) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<100 {
            let text = String.random(&random)
            var writer = JSONWriter()
            writer.string(text)
            #expect(writer.bytes.allSatisfy { $0 >= 0x20 && $0 < 0x80 }, "not plain ASCII: \(text.debugDescription)")
            let read = try JSONSerialization.jsonObject(with: Data(writer.bytes), options: .fragmentsAllowed)
            let back = try #require(read as? String)
            // By scalars: as Strings, texts are equal that are not the same.
            #expect(Array(back.unicodeScalars) == Array(text.unicodeScalars))
        }
    }

    /// Each expectation is the output of `json.dumps`.
    @Test(arguments: [
        ("", #""""#),
        ("plain ~ text/", #""plain ~ text/""#),
        (#"a"b\c"#, #""a\"b\\c""#),
        ("\u{8}\u{C}\n\r\t", #""\b\f\n\r\t""#),
        ("\u{0}\u{1F}", #""\u0000\u001f""#),
        ("é€", #""\u00e9\u20ac""#),
        ("\u{2028}\u{FFFF}", #""\u2028\uffff""#),
        ("😀\u{10FFFF}", #""\ud83d\ude00\udbff\udfff""#),
        ("\u{7F}\u{80}", #""\u007f\u0080""#),
    ])
    func textsAreEscapedAsPythonDoes(text: String, json: String) {
        #expect(written { $0.string(text) } == json)
    }

    @Test func noTextIsNull() {
        #expect(written { $0.string(String?.none) } == "null")
        #expect(written { $0.string(Optional("")) } == #""""#)
    }

    @Test(arguments: [0, 7, -7, 10, 99, 100, Int64.max, Int64.min])
    func wholeNumbers(number: Int64) {
        #expect(written { $0.integer(number) } == "\(number)")
    }

    @Test func wholeNumbersFollowWhatWasWritten() {
        let text = written { writer in
            writer.integer(12)
            writer.raw(", ")
            writer.integer(-340)
        }
        #expect(text == "12, -340")
    }

    @Test func partsAreSeparatedAsPythonDoes() {
        let value = MetadataValue.object([
            .init("b", .array([.null, .bool(true), .bool(false), .integer(-1), .real(2)])),
            .init("a", .object([.init("é", .string("x")), .init("n", .text(nil))])),
            .init("empty", .array([])),
            .init("none", .object([])),
        ])
        #expect(
            written { $0.value(value) }
                == #"{"b": [null, true, false, -1, 2.0], "a": {"\u00e9": "x", "n": null}, "empty": [], "none": {}}"#)
    }

    @Test(arguments: 0..<20)
    func foundationReadsBackEveryValue(seed: Int) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<20 {
            let value = MetadataValue.random(&random, depth: 4)
            var writer = JSONWriter()
            writer.value(value)
            let read = try JSONSerialization.jsonObject(with: Data(writer.bytes), options: .fragmentsAllowed)
            #expect(value.isSaid(by: read), "\(String(decoding: writer.bytes, as: UTF8.self))")
        }
    }
}

extension MetadataValue {
    fileprivate static func random(_ random: inout SplitMix, depth: Int) -> MetadataValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2:
            return .integer(Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0..<64, using: &random))
        // Larger ones Foundation reads as decimals, which it rounds; VolumeTests reads them back.
        case 3: return .real(Double.random(in: -1e15...1e15, using: &random))
        case 4: return .string(String.random(&random))
        case 5:
            return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in .random(&random, depth: depth - 1) })
        default:
            let count = Int.random(in: 0...4, using: &random)
            return .object(
                (0..<count).map { .init("\($0)\(String.random(&random))", .random(&random, depth: depth - 1)) })
        }
    }

    /// Whether Foundation's object says the same.
    fileprivate func isSaid(by object: Any?) -> Bool {
        switch self {
        case .null: object is NSNull
        case .bool(let flag): object as? Bool == flag
        case .integer(let number): (object as? NSNumber)?.int64Value == number
        // Foundation reads many digits by way of decimals, and may miss the last bit. Exactness is VolumeTests' matter.
        case .real(let number):
            ((object as? NSNumber)?.doubleValue).map { abs($0 - number) <= number.magnitude.ulp } ?? false
        case .string(let text): (object as? String).map { Array($0.utf8) == Array(text.utf8) } ?? false
        case .array(let values):
            (object as? [Any]).map { list in
                list.count == values.count && zip(values, list).allSatisfy { $0.isSaid(by: $1) }
            } ?? false
        case .object(let fields):
            (object as? [String: Any]).map { map in
                map.count == fields.count && fields.allSatisfy { $0.value.isSaid(by: map[$0.name]) }
            } ?? false
        }
    }
}
