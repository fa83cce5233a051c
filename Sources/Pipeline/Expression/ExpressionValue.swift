import Telemetry

/// What an expression can come to, as Python types it.
enum ExpressionValue: Sendable, Hashable {
    case integer(Int128)
    case real(Double)
    case truth(Bool)
    case text(String)
    case null
    case list([MetadataValue])
    /// Named values. One without any is also what a name that does not exist is, as in Ceilometer.
    case record(Metadata)

    /// What does not exist: false, and an error in arithmetic.
    static let missing = ExpressionValue.record(Metadata())

    /// A sample's number.
    init(_ volume: Volume) {
        switch volume {
        case .integer(let value): self = .integer(value)
        case .real(let value): self = .real(value)
        }
    }

    /// A value of a sample's metadata.
    init(_ value: MetadataValue) {
        switch value {
        case .null: self = .null
        case .bool(let flag): self = .truth(flag)
        case .integer(let number): self = .integer(Int128(number))
        case .real(let number): self = .real(number)
        case .string(let text): self = .text(text)
        case .array(let values): self = .list(values)
        case .object(let fields): self = .record(Metadata(object: fields))
        }
    }

    /// Whether Python counts it as true.
    var isTrue: Bool {
        switch self {
        case .integer(let value): value != 0
        case .real(let value): value != 0
        case .truth(let flag): flag
        case .text(let text): !text.isEmpty
        case .null: false
        case .list(let values): !values.isEmpty
        case .record(let fields): !fields.isEmpty
        }
    }

    /// The number that it is; a truth value is 1 or 0.
    var number: ExpressionNumber? {
        switch self {
        case .integer(let value): .integer(value)
        case .real(let value): .real(value)
        case .truth(let flag): .integer(flag ? 1 : 0)
        case .text, .null, .list, .record: nil
        }
    }

    /// The sample's number that it is, if it is one that can be sent.
    var volume: Volume? {
        switch number {
        case .integer(let value): .integer(value)
        case .real(let value): value.isFinite ? .real(value) : nil
        case nil: nil
        }
    }

    /// What kind of value it is, in words for an error.
    var kind: String {
        switch self {
        case .integer, .real, .truth: "a number"
        case .text: "text"
        case .null: "null"
        case .list: "a list"
        case .record(let fields): fields.isEmpty ? "missing" : "an object"
        }
    }

    /// A number as text.
    var text: String {
        switch self {
        case .integer(let value): "\(value)"
        case .real(let value): "\(value)"
        case .truth, .text, .null, .list, .record: kind
        }
    }
}

/// A number in an expression: whole, or with a fraction.
enum ExpressionNumber: Sendable, Hashable {
    case integer(Int128)
    case real(Double)

    /// Rounded if it does not fit.
    var double: Double {
        switch self {
        case .integer(let value): value.double
        case .real(let value): value
        }
    }

    var value: ExpressionValue {
        switch self {
        case .integer(let value): .integer(value)
        case .real(let value): .real(value)
        }
    }
}
