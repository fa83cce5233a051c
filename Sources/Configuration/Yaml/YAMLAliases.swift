internal import Yams

/// Keeps files from the parser that would cost it exponential time.
///
/// The parser hashes each key with all that the key holds, aliases followed: a key that is an alias of two aliases of …
/// would never be done. So a text that may have aliases is first parsed with a letter of no meaning in the place of
/// each `*`, which makes an alias plain text of the same length and leaves all else in its place. If no key of that
/// tree is anything but text, the real one can be built in linear time.
enum YAMLAliases {
    /// Whether there can be an alias at all: it needs an anchor.
    static func arePossible(in text: String) -> Bool {
        text.utf8.contains(UInt8(ascii: "*")) && text.utf8.contains(UInt8(ascii: "&"))
    }

    /// Judges a text; errors go to `diagnostics`. Throws what is no YAML at all, with its marks. `standIn` must not
    /// occur in the text.
    static func check(
        _ text: String, standIn: Unicode.Scalar, file: String, into diagnostics: inout Diagnostics
    ) throws {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { scalars.append(scalar == "*" ? standIn : scalar) }
        guard let root = try Parser(yaml: String(scalars), resolver: .basic).singleRoot() else { return }
        var check = Check(standIn: standIn, file: file)
        check.visit(root, isKey: false, depth: 1)
        diagnostics.append(check.diagnostics)
    }

    private struct Check {
        let standIn: Unicode.Scalar
        let file: String
        var diagnostics = Diagnostics()

        mutating func visit(_ node: Node, isKey: Bool, depth: Int) {
            // One example is enough; and deeper than this nothing is read.
            guard !diagnostics.hasErrors else { return }
            guard depth <= YAMLFile.maximumDepth else {
                diagnostics.error(at: location(of: node), YAMLFile.tooDeep)
                return
            }
            if isKey { visit(key: node) }
            switch node {
            case .scalar(let scalar):
                guard scalar.style == .plain, scalar.string.unicodeScalars.first == standIn else { return }
                // What an alias cannot be called: the parser would end it earlier than plain text ends.
                let name = scalar.string.unicodeScalars.dropFirst()
                if name.isEmpty || !name.allSatisfy(isNameCharacter) {
                    diagnostics.error(at: location(of: node), YAMLFile.unquotedStar)
                }
            case .sequence(let sequence):
                for element in sequence { visit(element, isKey: false, depth: depth + 1) }
            case .mapping(let mapping):
                for (key, value) in mapping {
                    visit(key, isKey: true, depth: depth + 1)
                    visit(value, isKey: false, depth: depth + 1)
                }
            case .alias: break
            }
        }

        private mutating func visit(key: Node) {
            if case .scalar(let scalar) = key,
                scalar.style != .plain || scalar.string.unicodeScalars.first != standIn
            {
                return
            }
            diagnostics.error(at: location(of: key), YAMLFile.keyIsNoText)
        }

        private func isNameCharacter(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
            default: false
            }
        }

        private func location(of node: Node) -> SourceLocation {
            SourceLocation(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        }
    }
}
