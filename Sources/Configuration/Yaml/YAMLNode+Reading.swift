extension YAMLNode {
    /// A list of texts; a bare text is a list of one. `nil` and an error for anything else, but for numbers where they
    /// are `numbersAllowed`, as a name may be one.
    package func texts(
        of name: String, what: String, numbersAllowed: Bool = false, into diagnostics: inout Diagnostics
    ) -> [(text: String, location: SourceLocation)]? {
        switch content {
        case .string(let text): return [(text, location)]
        case .null: return []
        case .sequence(let elements):
            var texts: [(text: String, location: SourceLocation)] = []
            var isWrong = false
            for element in elements {
                if case .string(let text) = element.content {
                    texts.append((text, element.location))
                } else if numbersAllowed, let text = element.scalarText {
                    texts.append((text, element.location))
                } else {
                    diagnostics.error(
                        at: element.location, "\(name) holds \(element.kind); expected a list of \(what) as text")
                    isWrong = true
                }
            }
            return isWrong ? nil : texts
        case .bool, .integer, .real, .mapping:
            diagnostics.error(at: location, "\(name) is \(kind); expected a list of \(what)")
            return nil
        }
    }

    /// The elements of a list of mappings. `nil` and an error if it is none.
    package func mappings(of name: String, into diagnostics: inout Diagnostics) -> [YAMLNode]? {
        let elements: [YAMLNode]
        switch content {
        case .sequence(let list): elements = list
        // Python finds nothing in them to loop over, and so no fault.
        case .mapping(let entries) where entries.isEmpty: return []
        case .string(""): return []
        default:
            diagnostics.error(at: location, "\(name) is \(kind); expected a list")
            return nil
        }
        var isWrong = false
        for element in elements {
            guard case .mapping = element.content else {
                diagnostics.error(
                    at: element.location, "\(name) holds \(element.kind); expected mappings, each with a name")
                isWrong = true
                continue
            }
        }
        return isWrong ? nil : elements
    }

    /// Warns of keys that mean nothing here.
    package func warnOfKeys(besides known: [String], in what: String, into diagnostics: inout Diagnostics) {
        guard case .mapping(let entries) = content else { return }
        for entry in entries where !known.contains(entry.key) {
            diagnostics.warning(
                at: entry.keyLocation,
                "\(what) has an unknown key \(entry.key.redactedExcerpt)\(NearMiss.hint(for: entry.key, among: known))")
        }
    }

    /// Whether Python counts it as false.
    package var isFalse: Bool {
        switch content {
        case .null: true
        case .bool(let flag): !flag
        case .integer(let number): number == 0
        case .real(let number): number == 0
        case .string(let text): text.isEmpty
        case .sequence(let elements): elements.isEmpty
        case .mapping(let entries): entries.isEmpty
        }
    }

    /// The text under `name`. `nil` and an error if there is none. An empty one is taken, as by
    /// Ceilometer.
    package func requiredName(in what: String, into diagnostics: inout Diagnostics) -> String? {
        guard let node = self["name"] else {
            diagnostics.error(at: location, "\(what) has no \"name\"; expected one")
            return nil
        }
        if case .null = node.content {
            diagnostics.warning(at: node.location, "the name of \(what) is empty; Ceilometer calls it None")
            return "None"
        }
        guard let text = node.scalarText else {
            diagnostics.error(at: node.location, "the name of \(what) is \(node.kind); expected text")
            return nil
        }
        if text.isEmpty { diagnostics.warning(at: node.location, "the name of \(what) is empty") }
        return text
    }
}
