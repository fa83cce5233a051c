@testable import Configuration

/// What came of a YAML text: its value, and all that was told.
func parseYAML(_ text: String) -> (node: YAMLNode?, told: [String]) {
    parseYAML(Array(text.utf8))
}

/// What came of a YAML file's bytes: its value, and all that was told.
func parseYAML(_ bytes: [UInt8]) -> (node: YAMLNode?, told: [String]) {
    var diagnostics = Diagnostics()
    let node = YAMLFile.parse(bytes, file: "f.yaml", into: &diagnostics)
    return (node, diagnostics.all.map(\.description))
}

extension YAMLNode {
    /// The value with its types, to compare: `{a:int 1,b:[text x]}`.
    var shown: String {
        switch content {
        case .null: "null"
        case .bool(let value): "bool \(value)"
        case .integer(let value): "int \(value)"
        case .real(let value): "real \(value)"
        case .string(let text): "text \(text)"
        case .sequence(let elements): "[\(elements.map(\.shown).joined(separator: ","))]"
        case .mapping(let entries): "{\(entries.map { "\($0.key):\($0.value.shown)" }.joined(separator: ","))}"
        }
    }
}
