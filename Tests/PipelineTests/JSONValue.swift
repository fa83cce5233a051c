import Telemetry

/// Any JSON, as the fixtures have it.
enum JSONValue: Decodable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case real(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try container.value(Bool.self) {
            self = .bool(flag)
        } else if let number = try container.value(Int64.self) {
            self = .integer(number)
        } else if let number = try container.value(Double.self) {
            self = .real(number)
        } else if let text = try container.value(String.self) {
            self = .text(text)
        } else if let list = try container.value([JSONValue].self) {
            self = .list(list)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// The same as a sample's metadata, by name. JSON does not tell 1.0 from 1; in a fixture that must, a text
    /// `real:1.0` does.
    var metadata: MetadataValue {
        switch self {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .integer(let number): .integer(number)
        case .real(let number): .real(number)
        case .text(let text): text.hasPrefix("real:") ? .real(Double(text.dropFirst(5)) ?? .nan) : .string(text)
        case .list(let values): .array(values.map(\.metadata))
        case .object(let fields):
            .object(fields.sorted { $0.key < $1.key }.map { .init($0.key, $0.value.metadata) })
        }
    }
}

extension SingleValueDecodingContainer {
    /// The value, if it is of that type. What it is not fails in more than one way; the last type that is tried tells.
    fileprivate func value<Value: Decodable>(_ type: Value.Type) throws -> Value? {
        do {
            return try decode(type)
        } catch {
            return nil
        }
    }
}
