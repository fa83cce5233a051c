import Configuration
import Telemetry

/// The `parameters` of a transformer in pipeline.yaml, or a mapping within them.
struct TransformerParameters: Sendable {
    /// What they belong to, in words: `rate_of_change of sink 'cpu_sink'`.
    let title: String
    /// Where it stands.
    let location: SourceLocation
    private let node: YAMLNode?

    /// The parameters of a transformer; an error if they are no mapping.
    init(_ node: YAMLNode?, of title: String, at location: SourceLocation, into diagnostics: inout Diagnostics) {
        self.title = title
        self.location = location
        switch node?.content {
        case nil, .null: self.node = nil
        case .mapping: self.node = node
        default:
            if let node, !node.isFalse {
                diagnostics.error(at: node.location, "\(title) is \(node.kind); expected a mapping")
            }
            self.node = nil
        }
    }

    /// Errors for names besides the known ones.
    func refuse(besides known: [String], into diagnostics: inout Diagnostics) {
        guard case .mapping(let entries)? = node?.content else { return }
        for entry in entries where !known.contains(entry.key) {
            diagnostics.error(
                at: entry.keyLocation,
                "\(title) has no parameter \(entry.key.redactedExcerpt); expected \(known.joined(separator: ", "))"
                    + NearMiss.hint(for: entry.key, among: known))
        }
    }

    /// The value of that name; `nil` if there is none, or nothing under it.
    func value(_ name: String) -> YAMLNode? {
        guard let value = node?[name] else { return nil }
        if case .null = value.content { return nil }
        return value
    }

    /// Whether the name stands there, with anything or nothing under it.
    func isWritten(_ name: String) -> Bool { node?[name] != nil }

    /// The mapping of that name, with no names but the known ones; an empty one if it is not there.
    func section(
        _ name: String, known: [String], into diagnostics: inout Diagnostics
    ) -> TransformerParameters {
        let section = TransformerParameters(
            value(name), of: "\(name) of \(title)", at: value(name)?.location ?? location, into: &diagnostics)
        section.refuse(besides: known, into: &diagnostics)
        return section
    }

    /// The text of that name. An empty one counts as none.
    func text(_ name: String, into diagnostics: inout Diagnostics) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.scalarText else {
            diagnostics.error(at: value.location, "\(name) of \(title) is \(value.kind); expected text")
            return nil
        }
        return text.isEmpty ? nil : text
    }

    /// The number of that name, or the text of one.
    func number(_ name: String, into diagnostics: inout Diagnostics) -> ExpressionNumber? {
        guard let value = value(name) else { return nil }
        switch value.content {
        case .integer(let number): return .integer(Int128(number))
        case .real(let number) where number.isFinite: return .real(number)
        case .string(let text):
            if let number = Int128(text) { return .integer(number) }
            if let number = Double(text), number.isFinite { return .real(number) }
        default: break
        }
        diagnostics.error(
            at: value.location,
            "\(name) of \(title) is \(value.scalarText?.redactedExcerpt ?? value.kind); expected a number")
        return nil
    }

    /// The whole number of that name, within bounds.
    func count(_ name: String, in range: ClosedRange<Int128>, into diagnostics: inout Diagnostics) -> Int? {
        guard let value = value(name) else { return nil }
        var ignored = Diagnostics()
        if case .integer(let number)? = number(name, into: &ignored), range.contains(number) { return Int(number) }
        diagnostics.error(
            at: value.location,
            "\(name) of \(title) is \(value.scalarText?.redactedExcerpt ?? value.kind); expected a whole number from "
                + "\(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    /// The truth value of that name; false if it is not there.
    func flag(_ name: String, into diagnostics: inout Diagnostics) -> Bool {
        guard let value = value(name) else { return false }
        guard case .bool(let flag) = value.content else {
            diagnostics.error(at: value.location, "\(name) of \(title) is \(value.kind); expected true or false")
            return false
        }
        return flag
    }

    /// The type of a meter of that name.
    func meterType(_ name: String, into diagnostics: inout Diagnostics) -> MeterType? {
        guard let value = value(name) else { return nil }
        if let text = value.scalarText, let type = MeterType(rawValue: text) { return type }
        let known = MeterType.allCases.map(\.rawValue)
        diagnostics.error(
            at: value.location,
            "\(name) of \(title) is \(value.scalarText?.redactedExcerpt ?? value.kind); expected one of "
                + "\(known.joined(separator: ", "))" + NearMiss.hint(for: value.scalarText ?? "", among: known))
        return nil
    }

    /// The expression of that name; `nil` if it is not there or no text.
    func expression(
        _ name: String, _ vocabulary: ExpressionVocabulary, into diagnostics: inout Diagnostics
    ) -> Expression? {
        guard let value = value(name), case .string(let text) = value.content, !text.isEmpty else { return nil }
        do {
            return try Expression(text, vocabulary)
        } catch {
            diagnostics.error(
                at: value.location, "\(name) of \(title) is no expression: \(error)")
            return nil
        }
    }
}
