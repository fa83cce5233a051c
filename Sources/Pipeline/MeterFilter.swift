import Configuration
import Telemetry

/// A source's list of meters (ceilometer.agent, `Source.is_supported`): patterns that include, or patterns behind `!`
/// that exclude. Excludes win; a list of excludes alone includes everything else.
public struct MeterFilter: Sendable, Hashable {
    /// The list as it was written.
    public let patterns: [String]
    private let included: [Glob]
    private let excluded: [Glob]

    /// A filter of those patterns, which must not be empty texts.
    public init(_ patterns: [String]) {
        self.patterns = patterns
        included = patterns.filter { !$0.hasPrefix("!") }.map { Glob($0) }
        excluded = patterns.filter { $0.hasPrefix("!") }.map { Glob($0.dropFirst()) }
    }

    /// Whether the source takes a meter of that name.
    public func matches(_ meter: String) -> Bool {
        if excluded.contains(where: { $0.matches(meter) }) { return false }
        return included.isEmpty || included.contains { $0.matches(meter) }
    }

    /// Whether the list holds that very name, and takes it: not by a pattern that matches much else.
    public func names(_ meter: String) -> Bool {
        patterns.contains(meter) && matches(meter)
    }

    /// Reads `meters:` of a source. `nil` and an error if it cannot be one (`Source.check_source_filtering`).
    static func read(_ node: YAMLNode, of source: String, into diagnostics: inout Diagnostics) -> MeterFilter? {
        guard let list = node.texts(of: "meters of \(source)", what: "meter names or patterns", into: &diagnostics)
        else {
            return nil
        }
        guard !list.isEmpty else {
            diagnostics.error(
                at: node.location,
                "meters of \(source) is empty; expected at least one meter name or pattern, such as \"*\"")
            return nil
        }
        if let empty = list.first(where: { $0.text.isEmpty }) {
            diagnostics.error(at: empty.location, "an empty text is no meter name; expected a name or pattern")
            return nil
        }
        let exclude = list.first { $0.text.hasPrefix("!") }
        let plain = list.first { !$0.text.hasPrefix("!") && !$0.text.hasPrefix("*") }
        if let exclude, let plain {
            diagnostics.error(
                at: exclude.location,
                "meters of \(source) both includes (\(plain.text.redactedExcerpt)) and excludes "
                    + "(\(exclude.text.redactedExcerpt)); expected only names to include, or only names behind "
                    + "\"!\" (with \"*\", if you like)"
            )
            return nil
        }
        if let star = list.first(where: { $0.text == "*" }), let plain {
            diagnostics.error(
                at: star.location,
                "meters of \(source) has \"*\" beside \(plain.text.redactedExcerpt), which \"*\" includes; "
                    + "expected one or the other (a meter that \"*\" does not select needs a source of its own)"
            )
            return nil
        }
        return MeterFilter(list.map(\.text))
    }
}
