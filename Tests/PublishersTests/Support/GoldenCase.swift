import Foundation
import Telemetry
import Testing

/// One recorded case of Ceilometer: samples, a URL, and what was sent, written and said.
struct GoldenCase: CustomTestStringConvertible {
    struct Request {
        let line: String
        let headers: [String: String]
        let body: String
    }

    let name: String
    let url: String
    let samples: [Sample]
    /// What the receiver answered; `nil` for 200.
    let status: Int?
    let location: String?
    let isDelayed: Bool
    let result: String
    let target: String?
    let requests: [Request]
    let connections: Int
    let log: [String]
    let files: [String: String]

    var testDescription: String { name }

    /// The cases of `Fixtures/NAME.json`.
    static func all(_ name: String) throws -> [GoldenCase] {
        let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(name).json")
        let text = try Data(contentsOf: url)
        return try OrderedJSON.parse(Array(text)).elements.map(GoldenCase.init)
    }

    private init(_ value: MetadataValue) throws {
        name = try #require(value["case"]?.text)
        url = try #require(value["url"]?.text)
        samples = try #require(value["samples_in"]).elements.map(Sample.init(golden:))
        status = value["server"]?["status"]?.integer.map(Int.init)
        location = value["server"]?["location"]?.text
        isDelayed = value["server"]?["delay"] != nil
        result = try #require(value["result"]?.text)
        target = value["target"]?.text
        requests = try #require(value["requests"]).elements.map(Request.init)
        connections = Int(try #require(value["tcp_connections"]?.integer))
        log = try #require(value["log"]).elements.compactMap(\.text)
        let written = value["files"]?.fields ?? []
        files = Dictionary(uniqueKeysWithValues: written.map { ($0.name, $0.value.text ?? "") })
    }
}

extension GoldenCase.Request {
    init(_ value: MetadataValue) throws {
        line = try #require(value["request_line"]?.text)
        body = try #require(value["body"]?.text)
        let pairs = try #require(value["headers"]).elements.map { pair in
            (pair.elements.first?.text?.lowercased() ?? "", pair.elements.last?.text ?? "")
        }
        headers = Dictionary(uniqueKeysWithValues: pairs)
    }
}

extension Sample {
    /// The sample of a dictionary in Ceilometer's form.
    init(golden value: MetadataValue) throws {
        let meter = Meter(
            name: try #require(value["name"]?.text),
            type: try #require(value["type"]?.text.flatMap(MeterType.init(rawValue:))),
            unit: try #require(value["unit"]?.text))
        let resource = Resource(
            id: try #require(value["resource_id"]?.text), userID: value["user_id"]?.text,
            projectID: value["project_id"]?.text, userName: value["user_name"]?.text,
            projectName: value["project_name"]?.text, source: try #require(value["source"]?.text),
            metadata: Metadata(value["resource_metadata"]?.fields ?? []))
        let volume: Volume
        switch value["volume"] {
        case .integer(let number)?: volume = .integer(Int128(number))
        case .real(let number)?: volume = .real(number)
        default: volume = try #require(nil)
        }
        let digits = try #require(value["id"]?.text).filter { $0 != "-" }
        let id = SampleID(
            high: try #require(UInt64(digits.prefix(16), radix: 16)),
            low: try #require(UInt64(digits.suffix(16), radix: 16)))
        let timestamp = try #require(value["timestamp"]?.text.flatMap { Timestamp($0) })
        self.init(id: id, meter: meter, resource: resource, volume: volume, timestamp: timestamp)
    }
}
