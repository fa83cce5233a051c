import Foundation
import Telemetry
import Testing

@testable import Pipeline

/// Python 3.11 evaluated these expressions in Ceilometer 8.1.5's namespace; here they must come to the same.
@Suite struct ExpressionPythonTests {
    private struct Recorded: Decodable {
        let samples: [RecordedSample]
        let cases: [Case]
        let syntax: [Syntax]
    }

    private struct RecordedSample: Decodable {
        let name: String
        let type: String
        let unit: String
        let volume: JSONValue
        let user_id: String
        let project_id: String
        let resource_id: String
        let timestamp: String
        let resource_metadata: JSONValue
        let source: String
    }

    private struct Case: Decodable {
        let text: String
        let sample: Int
        let result: [String: JSONValue]

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            text = try container.decode(String.self)
            sample = try container.decode(Int.self)
            result = try container.decode([String: JSONValue].self)
        }
    }

    private struct Syntax: Decodable {
        let text: String
        let isValid: Bool

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            text = try container.decode(String.self)
            isValid = try container.decode(Bool.self)
        }
    }

    private static func recorded() throws -> Recorded {
        try PipelineFixtures.load("ocata/expressions", as: Recorded.self)
    }

    private static func sample(_ recorded: RecordedSample) throws -> Sample {
        let volume: Volume =
            switch recorded.volume.metadata {
            case .integer(let value): .integer(Int128(value))
            case .real(let value): .real(value)
            default: throw CocoaError(.coderInvalidValue)
            }
        guard case .object(let fields) = recorded.resource_metadata.metadata else {
            throw CocoaError(.coderInvalidValue)
        }
        return Sample(
            id: SampleID(high: 1, low: 2),
            meter: Meter(
                name: recorded.name, type: try #require(MeterType(rawValue: recorded.type)), unit: recorded.unit),
            resource: Resource(
                id: recorded.resource_id, userID: recorded.user_id, projectID: recorded.project_id,
                source: recorded.source, metadata: Metadata(fields)),
            volume: volume, timestamp: try #require(Timestamp(recorded.timestamp)))
    }

    @Test func valuesAreThoseOfPython() throws {
        let recorded = try Self.recorded()
        let samples = try recorded.samples.map(Self.sample)
        #expect(recorded.cases.count >= 3000)
        for example in recorded.cases {
            let sample = samples[example.sample]
            let found: ExpressionValue?
            do {
                found = try Expression(example.text, .sample).evaluate { _ in sample }
            } catch {
                found = nil
            }
            #expect(
                Self.isSame(found, example.result),
                "\(example.text) of sample \(example.sample): \(String(describing: found)), not \(example.result)")
        }
    }

    private static func isSame(_ found: ExpressionValue?, _ expected: [String: JSONValue]) -> Bool {
        switch (found, expected.first?.key, expected.first?.value) {
        case (nil, "error", _): true
        case (.integer(let value), "integer", .text(let text)): String(value) == text
        case (.real(let value), "real", .text(let text)):
            value.isNaN ? text == "nan" : Double(text)?.bitPattern == value.bitPattern
        case (.truth(let value), "truth", .bool(let flag)): value == flag
        case (.text(let value), "text", .text(let text)): value == text
        case (.null, "none", _): true
        case (.list(let values), "list", .integer(let count)): Int64(values.count) == count
        case (.record(let fields), "record", .integer(let count)): fields.isEmpty == (count == 0)
        default: false
        }
    }

    @Test func whatIsNoExpressionIsTheSame() throws {
        let examples = try Self.recorded().syntax
        #expect(examples.count >= 1000)
        for example in examples {
            let isRead: Bool
            do {
                _ = try Expression(example.text, .sample)
                isRead = true
            } catch {
                isRead = false
                #expect(
                    (1...example.text.unicodeScalars.count + 1).contains(error.position), "\(example.text): \(error)")
            }
            #expect(isRead == example.isValid, "\(example.text)")
        }
    }
}
