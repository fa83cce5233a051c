import Configuration

/// A regular expression and what stands in for each of its matches, as Python's `re.sub` has it: `\1` or `\g<1>` is what
/// the first group matched, `\g<name>` what a named one did.
///
/// Regular expressions are Swift's; those that transformers use mean the same in Python.
struct Substitution: Sendable {
    private let pattern: String
    private let pieces: [Piece]

    private enum Piece: Sendable {
        case text(String)
        case group(Int)
        case named(String)
    }

    /// The substitution under `name` in `map_from` and `map_to`; `nil` if it is not in both.
    static func read(
        _ name: String, from: TransformerParameters, to: TransformerParameters, into diagnostics: inout Diagnostics
    ) -> Substitution? {
        let pattern = from.text(name, into: &diagnostics)
        let template = to.text(name, into: &diagnostics)
        guard let pattern else { return nil }
        func refuse(_ place: TransformerParameters, _ reason: String) {
            diagnostics.error(at: place.value(name)?.location ?? place.location, "\(name) of \(place.title) \(reason)")
        }
        if let problem = PatternBounds.problem(of: pattern) {
            refuse(from, problem)
            return nil
        }
        let groups: Int
        let names: (String) -> Bool
        do {
            _ = try regex(pattern)
            // With an empty alternative it matches anything, which tells its groups.
            let empty = try Self.regex("(?:\(pattern)\n)|").wholeMatch(in: "")
            groups = empty.map { $0.output.count - 1 } ?? 0
            names = { name in empty?.output.contains { $0.name == name } ?? false }
        } catch {
            refuse(from, "is no regular expression: \("\(error)".excerpt)")
            return nil
        }
        guard let template else { return nil }
        do throws(TemplateError) {
            let pieces = try pieces(of: template)
            for piece in pieces {
                switch piece {
                case .group(let number) where !(0...groups).contains(number):
                    throw TemplateError(reason: "names group \(number), and the pattern has \(groups)")
                case .named(let name) where !names(name):
                    throw TemplateError(reason: "names a group \(name.excerpt) that the pattern does not have")
                default: break
                }
            }
            return Substitution(pattern: pattern, pieces: pieces)
        } catch {
            refuse(to, error.reason)
            return nil
        }
    }

    private static func regex(_ pattern: String) throws -> Regex<AnyRegexOutput> {
        // By code points, as Python matches.
        try Regex(pattern).matchingSemantics(.unicodeScalar).wordBoundaryKind(.simple)
    }

    /// The text with every match replaced. The pattern is compiled anew: `Regex` is not `Sendable`, and each meter is
    /// converted once.
    func apply(to text: String) -> String {
        let regex: Regex<AnyRegexOutput>
        do {
            regex = try Self.regex(pattern)
        } catch {
            // It compiled when pipeline.yaml was read.
            return text
        }
        return text.replacing(regex) { match in
            pieces.map { piece in
                switch piece {
                case .text(let text): text
                case .group(let number): match.output[number].substring.map(String.init) ?? ""
                case .named(let name): match.output[name]?.substring.map(String.init) ?? ""
                }
            }.joined()
        }
    }
}

extension Substitution {
    private struct TemplateError: Error { let reason: String }

    private static func pieces(of template: String) throws(TemplateError) -> [Piece] {
        var pieces: [Piece] = []
        var text = ""
        var rest = Substring(template)
        while let character = rest.popFirst() {
            guard character == "\\" else {
                text.append(character)
                continue
            }
            guard let next = rest.popFirst() else {
                throw TemplateError(reason: "ends in a backslash; write \\\\ for one")
            }
            if next == "\\" {
                text.append("\\")
                continue
            }
            if !text.isEmpty { pieces.append(.text(text)) }
            text = ""
            if next == "g", rest.first == "<", let end = rest.firstIndex(of: ">") {
                let name = String(rest[rest.index(after: rest.startIndex)..<end])
                rest = rest[rest.index(after: end)...]
                pieces.append(Int(name).map { .group($0) } ?? .named(name))
            } else if let first = next.wholeNumberValue, next.isASCII, first > 0 {
                // A second digit belongs to it, as in Python.
                let second = rest.first.flatMap { $0.isASCII ? $0.wholeNumberValue : nil }
                if second != nil { rest.removeFirst() }
                pieces.append(.group(second.map { first * 10 + $0 } ?? first))
            } else {
                throw TemplateError(
                    reason: "has \("\\\(next)".excerpt), which means nothing; expected \\1 to \\99, \\g<name> or \\\\")
            }
        }
        if !text.isEmpty { pieces.append(.text(text)) }
        return pieces
    }
}
