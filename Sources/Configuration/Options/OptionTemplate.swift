/// A value in which `$name` and `${name}` stand for other options, by the rules of Python's
/// `string.Template.safe_substitute` with oslo.config's names: letters, digits, `_` and `.`, no digit or `.` first. `$$`
/// and `\$` stand for `$`; a `$` before anything else is a plain one.
struct OptionTemplate: Hashable {
    enum Part: Hashable {
        case text(String)
        case reference(String)
    }

    let parts: [Part]

    /// Whether other options are needed to replace it.
    var hasReferences: Bool {
        parts.contains { if case .reference = $0 { true } else { false } }
    }

    init(_ text: String) {
        var parts: [Part] = []
        var literal: [Unicode.Scalar] = []
        // oslo.config replaces first and parses then: `\$$x` is `$$$x`, an escape and a reference.
        var rest = Array(text.replacing("\\$", with: "$$").unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            if scalar == "$", rest.first == "$" {
                rest.removeFirst()
                literal.append("$")
            } else if scalar == "$", let name = Self.takeName(from: &rest) {
                parts.append(.text(String(literal[...])))
                literal = []
                parts.append(.reference(name))
            } else {
                literal.append(scalar)
            }
        }
        parts.append(.text(String(literal[...])))
        self.parts = parts.filter { $0 != .text("") }
    }

    /// Removes `name` or `{name}` from the front, if one is there.
    private static func takeName(from rest: inout ArraySlice<Unicode.Scalar>) -> String? {
        let isBraced = rest.first == "{"
        let inner = isBraced ? rest.dropFirst() : rest
        let name = inner.prefix(while: canContinueName)
        guard let first = name.first, canBeginName(first) else { return nil }
        var after = inner[name.endIndex...]
        if isBraced {
            guard after.popFirst() == "}" else { return nil }
        }
        rest = after
        return String(name)
    }

    private static func canBeginName(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }

    private static func canContinueName(_ scalar: Unicode.Scalar) -> Bool {
        canBeginName(scalar) || scalar == "." || ("0"..."9").contains(scalar)
    }
}
