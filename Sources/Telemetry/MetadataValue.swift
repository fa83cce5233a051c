/// A value in a resource's metadata: what JSON can say, with the order of keys kept.
public enum MetadataValue: Sendable, Hashable {
    /// JSON `null`.
    case null
    /// JSON `true` or `false`.
    case bool(Bool)
    /// A whole number.
    case integer(Int64)
    /// A finite floating-point number.
    case real(Double)
    /// Text.
    case string(String)
    /// A list.
    case array([MetadataValue])
    /// Named values in their order; a name stands once.
    case object([Field])

    /// A named value.
    public struct Field: Sendable, Hashable {
        /// The key.
        public let name: String
        /// What stands under it.
        public let value: MetadataValue

        /// A field of that name and value.
        public init(_ name: String, _ value: MetadataValue) {
            self.name = name
            self.value = value
        }
    }

    /// Text, or `null` if there is none.
    public static func text(_ text: String?) -> MetadataValue {
        text.map(MetadataValue.string) ?? .null
    }
}

extension JSONWriter {
    /// A metadata value as JSON.
    public mutating func value(_ value: MetadataValue) {
        switch value {
        case .null: raw("null")
        case .bool(let flag): if flag { raw("true") } else { raw("false") }
        case .integer(let number): integer(number)
        case .real(let number): volume(.real(number))
        case .string(let text): string(text)
        case .array(let values):
            raw("[")
            for (index, element) in values.enumerated() {
                if index > 0 { raw(", ") }
                self.value(element)
            }
            raw("]")
        case .object(let fields):
            raw("{")
            self.fields(fields)
            raw("}")
        }
    }

    /// The fields of an object, without its braces.
    mutating func fields(_ fields: [MetadataValue.Field]) {
        for (index, field) in fields.enumerated() {
            if index > 0 { raw(", ") }
            string(field.name)
            raw(": ")
            value(field.value)
        }
    }
}
