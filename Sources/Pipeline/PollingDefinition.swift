public import Configuration
import Telemetry

/// polling.yaml: which meters are polled, and how often (ceilometer.polling.manager, `PollingManager`).
public struct PollingDefinition: Sendable {
    /// The sources in their order. May be empty: Ceilometer idles then.
    public let sources: [PollingSource]

    /// Reads polling.yaml from a file's bytes. Everything wrong goes to `diagnostics`; `nil` if any of it is an error.
    /// `knownMeters` are those that can be polled: others, and patterns that match none, are warned about.
    public static func load(
        _ bytes: [UInt8], file: String, knownMeters: PollableMeters, into diagnostics: inout Diagnostics
    ) -> PollingDefinition? {
        guard let root = YAMLFile.parse(bytes, file: file, into: &diagnostics) else { return nil }
        root.warnOfKeys(besides: ["sources"], in: "polling.yaml", into: &diagnostics)
        guard let node = root["sources"] else {
            diagnostics.error(at: root.location, "there is no \"sources\"; expected a list of polling sources under it")
            return nil
        }
        guard let nodes = node.mappings(of: "sources", into: &diagnostics) else { return nil }
        var sources: [PollingSource] = []
        var unknown = UnknownMeters(besides: knownMeters)
        for node in nodes {
            if let source = PollingSource.read(node, unknown: &unknown, into: &diagnostics) { sources.append(source) }
        }
        unknown.tell(into: &diagnostics)
        return sources.count == nodes.count ? PollingDefinition(sources: sources) : nil
    }
}

/// A source of polling.yaml.
public struct PollingSource: Sendable {
    /// Its name; need not be unique.
    public let name: String
    /// Seconds between polls, at least 1.
    public let interval: Int
    /// Which meters it polls.
    public let meters: MeterFilter
    /// Static resources, which mean nothing to compute meters.
    public let resources: [String]
    /// Names of discoveries.
    public let discovery: [String]
    /// Where it stands.
    public let location: SourceLocation

    static let keys = ["name", "interval", "meters", "resources", "discovery"]

    private static let coordinationKey = "group_id_coordination_expression"

    static func read(
        _ node: YAMLNode, unknown: inout UnknownMeters, into diagnostics: inout Diagnostics
    ) -> PollingSource? {
        node.warnOfKeys(besides: keys + [coordinationKey], in: "the polling source", into: &diagnostics)
        let name = node.requiredName(in: "the polling source", into: &diagnostics)
        let title = name.map { "source \($0.redactedExcerpt)" } ?? "the source"
        let interval = interval(of: node, title, into: &diagnostics)
        let meters: MeterFilter?
        if let list = node["meters"] {
            meters = MeterFilter.read(list, of: title, into: &diagnostics)
        } else {
            diagnostics.error(at: node.location, "\(title) has no \"meters\"; expected a list of meters to poll")
            meters = nil
        }
        return read(
            node, name: name, title: title, interval: interval, meters: meters, unknown: &unknown, into: &diagnostics)
    }

    /// What a source polls whose name, interval and meters were read already.
    static func read(
        _ node: YAMLNode, name: String?, title: String, interval: Int?, meters: MeterFilter?,
        unknown: inout UnknownMeters,
        into diagnostics: inout Diagnostics
    ) -> PollingSource? {
        if meters != nil, let list = node["meters"] { unknown.judge(list, into: &diagnostics) }
        if let value = node[coordinationKey], !value.isFalse {
            diagnostics.warning(
                at: value.location,
                "\(coordinationKey) of \(title) has no effect: each agent polls the instances on its own host")
        }
        let resources = list("resources", of: node, title, into: &diagnostics)
        let discovery = list("discovery", of: node, title, into: &diagnostics)
        if let resources, let first = resources.first {
            diagnostics.warning(
                at: first.location,
                "resources of \(title) means nothing here: compute meters are polled of the instances on this host")
        }
        for (text, location) in discovery ?? [] where text.prefix(while: { $0 != ":" }) != "local_instances" {
            diagnostics.warning(
                at: location,
                "discovery \(text.redactedExcerpt) means nothing here"
                    + NearMiss.hint(for: text, among: ["local_instances"])
            )
        }
        guard let name, let interval, let meters, let resources, let discovery else { return nil }
        return PollingSource(
            name: name, interval: interval, meters: meters, resources: resources.map(\.text),
            discovery: discovery.map(\.text), location: node.location)
    }

    /// As Python's `int()` reads it: `"60"` and 60.9 are 60.
    static func interval(
        of node: YAMLNode, _ title: String, into diagnostics: inout Diagnostics
    ) -> Int? {
        guard let value = node["interval"] else {
            diagnostics.error(at: node.location, "\(title) has no \"interval\"; expected seconds between polls")
            return nil
        }
        let seconds: Int? =
            switch value.content {
            case .integer(let number): number
            case .real(let number): Int(exactly: number.rounded(.towardZero))
            case .string(let text): wholeNumber(text)
            case .bool(let flag): flag ? 1 : 0
            case .null, .sequence, .mapping: nil
            }
        guard let seconds, (1...Schedule.longestInterval).contains(seconds) else {
            let found = value.scalarText.map(\.redactedExcerpt) ?? value.kind
            diagnostics.error(
                at: value.location,
                "interval of \(title) is \(found); expected whole seconds from 1 to \(Schedule.longestInterval)")
            return nil
        }
        return seconds
    }

    /// A text as Python's `int()` takes it: white space around it, single underscores between digits.
    private static func wholeNumber(_ text: String) -> Int? {
        guard let match = text.wholeMatch(of: /\s*([+-]?[0-9]+(?:_[0-9]+)*)\s*/) else { return nil }
        return Int(match.1.filter { $0 != "_" })
    }

    /// A list that may be left out; whatever Python counts as false is one without elements.
    private static func list(
        _ key: String, of node: YAMLNode, _ title: String, into diagnostics: inout Diagnostics
    ) -> [(text: String, location: SourceLocation)]? {
        guard let value = node[key], !value.isFalse else { return [] }
        guard case .sequence(let elements) = value.content else {
            diagnostics.error(at: value.location, "\(key) of \(title) is \(value.kind); expected a list")
            return nil
        }
        return elements.map { ($0.scalarText ?? $0.kind, $0.location) }
    }
}

extension PollingDefinition {
    /// Every meter, for commands that need no polling.yaml.
    public static let everything = PollingDefinition(sources: [
        PollingSource(
            name: "everything", interval: 60, meters: MeterFilter(["*"]), resources: [], discovery: [],
            location: SourceLocation(file: "none", line: 1, column: 1))
    ])
}
