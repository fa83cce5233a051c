import Configuration
import Foundation
import Pipeline
import Testing

/// Ceilometer's answers, as recorded in `Fixtures`.
enum PipelineFixtures {
    struct Matching: Decodable {
        let metersTested: [String]
        let cases: [Case]

        enum CodingKeys: String, CodingKey {
            case metersTested = "meters_tested"
            case cases
        }

        struct Case: Decodable, Sendable, CustomTestStringConvertible {
            let meters: Meters
            let valid: Bool
            let matched: [String]?

            var testDescription: String { "\(meters)" }
        }

        /// A list of texts, one text, or something that is neither.
        enum Meters: Decodable, Sendable {
            case list([String])
            case text(String)
            case numbers([Int])

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let text = try container.ifIs(String.self) {
                    self = .text(text)
                } else if let list = try container.ifIs([String].self) {
                    self = .list(list)
                } else {
                    self = .numbers(try container.decode([Int].self))
                }
            }

            var yaml: String {
                switch self {
                case .list(let list): "[\(list.map { "'\($0)'" }.joined(separator: ", "))]"
                case .text(let text): "'\(text)'"
                case .numbers(let numbers): "\(numbers)"
                }
            }
        }
    }

    struct PollingCase: Decodable, Sendable, CustomTestStringConvertible {
        let yaml: String
        let valid: Bool
        let sources: [Source]?

        var testDescription: String { yaml }

        struct Source: Decodable, Sendable {
            let name: Text
            let interval: Int
            let meters: Texts
            let resources: [String]
            let discovery: [String]
        }
    }

    struct PipelineCase: Decodable, Sendable, CustomTestStringConvertible {
        let yaml: String
        let valid: Bool
        let pipelines: [Recorded]?

        var testDescription: String { yaml }

        struct Recorded: Decodable, Sendable {
            let name: String
            let meters: [String]
            let publishers: [String]
        }
    }

    /// A text, or a number that Aerostat takes as text.
    struct Text: Decodable, Sendable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try container.ifIs(Int.self) {
                text = String(number)
            } else {
                text = try container.decode(String.self)
            }
        }
    }

    /// A list of texts, or a text that Aerostat takes as a list of one.
    struct Texts: Decodable, Sendable {
        let list: [String]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try container.ifIs(String.self) {
                list = [text]
            } else {
                list = try container.decode([String].self)
            }
        }
    }

    private struct RecordedMeter: Decodable {
        let name: String
    }

    static func load<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
        let url = try #require(
            Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
        return try JSONDecoder().decode(type, from: Data(contentsOf: url))
    }

    /// The meters that can be polled. Ceilometer's `*.rate` cannot with libvirt.
    static func knownMeters() throws -> [String] {
        try load("meters", as: [RecordedMeter].self).map(\.name).filter { !$0.hasSuffix(".rate") }
    }

    /// A file of `etc/aerostat`, as it is shipped.
    static func shipped(_ name: String) throws -> [UInt8] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        return Array(try Data(contentsOf: root.appending(path: "etc/aerostat/\(name)")))
    }
}

extension SingleValueDecodingContainer {
    /// The value, if it has that type.
    fileprivate func ifIs<Value: Decodable>(_ type: Value.Type) throws -> Value? {
        do {
            return try decode(type)
        } catch DecodingError.typeMismatch {
            return nil
        }
    }
}

/// What came of a text: the definition, and all that was told.
func loadPolling(
    _ text: String, known: [String] = ["cpu", "vcpus", "memory", "memory.usage"]
) -> (definition: PollingDefinition?, told: [String]) {
    var diagnostics = Diagnostics()
    let definition = PollingDefinition.load(
        Array(text.utf8), file: "polling.yaml", knownMeters: PollableMeters(known), into: &diagnostics)
    return (definition, diagnostics.all.map(\.description))
}

/// What came of a text: the definition, and all that was told. Publishers are those of `test://`, `http://`, `https://`
/// and `file://`.
func loadPipeline(_ text: String) -> (definition: PipelineDefinition?, told: [String]) {
    var diagnostics = Diagnostics()
    let definition = PipelineDefinition.load(
        Array(text.utf8), file: "pipeline.yaml",
        checkPublisher: { url, location, _ in
            ["test://", "http://", "https://", "file://"].contains { url.lowercased().hasPrefix($0) }
                ? [] : [Diagnostic(.error, at: location, "unknown publisher")]
        }, into: &diagnostics)
    return (definition, diagnostics.all.map(\.description))
}
