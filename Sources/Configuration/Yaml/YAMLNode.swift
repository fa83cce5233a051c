/// A value in a YAML file that knows where it stands.
public struct YAMLNode: Sendable {
    /// Where it begins. A value that an alias stands for is where its anchor is.
    public let location: SourceLocation
    /// What it is.
    public let content: Content

    /// What a YAML value can be, typed as PyYAML's `safe_load` types it (YAML 1.1).
    public indirect enum Content: Sendable {
        /// `null`, `~` or nothing.
        case null
        /// `true`, `yes`, `on` and their opposites.
        case bool(Bool)
        /// A whole number.
        case integer(Int)
        /// A number with a fraction, or `.inf` or `.nan`.
        case real(Double)
        /// Text.
        case string(String)
        /// A list.
        case sequence([YAMLNode])
        /// Named values in their order; each name stands once.
        case mapping([Entry])
    }

    /// A named value.
    public struct Entry: Sendable {
        /// The name, as text whatever its type was.
        public let key: String
        /// Where the name stands.
        public let keyLocation: SourceLocation
        /// What stands under it.
        public let value: YAMLNode
    }

    /// The value under a name, if this is a mapping that has it.
    public subscript(key: String) -> YAMLNode? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// What kind of value it is, in words for an error: `a list`.
    public var kind: String {
        switch content {
        case .null: "nothing"
        case .bool: "a truth value"
        case .integer: "a whole number"
        case .real: "a number with a fraction"
        case .string: "text"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    /// The value of a scalar as text, as Python's `str` would write it; `nil` for nothing, lists and mappings.
    public var scalarText: String? {
        switch content {
        case .string(let text): text
        case .integer(let value): String(value)
        case .real(let value): value.description
        case .bool(let value): value ? "True" : "False"
        case .null, .sequence, .mapping: nil
        }
    }
}
