import Configuration

/// A source of pipeline.yaml.
struct PipelineSource {
    let name: String
    let meters: MeterFilter
    /// The names and patterns of its meters, each with its place.
    let patterns: [Located<String>]
    /// Where its meters stand.
    let metersLocation: SourceLocation
    let sinks: [(text: String, location: SourceLocation)]
    /// What it polls, in a pipeline.yaml of the Ocata generation that stands alone.
    let polling: PollingSource?

    /// Keys of the Ocata generation, which polling.yaml has had since. Beside a polling.yaml they have no effect.
    static let formerKeys = ["interval", "resources", "discovery"]
    private static let keys = ["name", "meters", "sinks"]

    /// The sources that can be read; an error for each that cannot.
    ///
    /// `knownMeters` are those that can be polled, if the sources say what is polled, and `nil` if polling.yaml does.
    static func readAll(
        _ list: YAMLNode, knownMeters: PollableMeters?, into diagnostics: inout Diagnostics
    ) -> [PipelineSource] {
        guard let nodes = list.mappings(of: "sources", into: &diagnostics) else { return [] }
        if nodes.isEmpty {
            diagnostics.warning(at: list.location, "sources is empty: no sample goes anywhere")
        }
        var sources: [PipelineSource] = []
        var names: Set<String> = []
        var unknown = knownMeters.map { UnknownMeters(besides: $0) }
        for node in nodes {
            let name = node.requiredName(in: "the source", into: &diagnostics)
            if let name, !names.insert(name).inserted {
                diagnostics.error(
                    at: node["name"]?.location,
                    "two sources are called \(name.redactedExcerpt); expected each name once")
            }
            if let source = read(node, name: name, &unknown, into: &diagnostics) { sources.append(source) }
        }
        unknown?.tell(into: &diagnostics)
        return sources
    }

    private static func read(
        _ node: YAMLNode, name: String?, _ unknown: inout UnknownMeters?, into diagnostics: inout Diagnostics
    ) -> PipelineSource? {
        let title = name.map { "source \($0.redactedExcerpt)" } ?? "the source"
        node.warnOfKeys(besides: keys + formerKeys, in: title, into: &diagnostics)
        for key in formerKeys where unknown == nil {
            guard let value = node[key] else { continue }
            diagnostics.warning(
                at: value.location, "\(key) of \(title) has no effect in pipeline.yaml; set it in polling.yaml")
        }
        var meters: MeterFilter?
        var patterns: [Located<String>] = []
        if let list = node["meters"] {
            meters = MeterFilter.read(list, of: title, into: &diagnostics)
            // Where it is no list of texts, that has been told.
            var told = Diagnostics()
            patterns = (list.texts(of: "meters", what: "names", into: &told) ?? []).map {
                Located($0.text, at: $0.location)
            }
        } else {
            diagnostics.error(at: node.location, "\(title) has no \"meters\"; expected a list of meters")
        }
        var polling: PollingSource?
        if var judged = unknown {
            polling = PollingSource.read(
                node, name: name, title: title, interval: PollingSource.interval(of: node, title, into: &diagnostics),
                meters: meters, unknown: &judged, into: &diagnostics)
            unknown = judged
        }
        guard let list = node["sinks"] else {
            diagnostics.error(at: node.location, "\(title) has no \"sinks\"; expected a list of sinks' names")
            return nil
        }
        guard
            let sinks = list.texts(
                of: "sinks of \(title)", what: "sinks' names", numbersAllowed: true, into: &diagnostics)
        else {
            return nil
        }
        if sinks.isEmpty {
            diagnostics.error(at: list.location, "sinks of \(title) is empty; expected at least one sink's name")
        }
        guard let name, let meters else { return nil }
        return PipelineSource(
            name: name, meters: meters, patterns: patterns,
            metersLocation: node["meters"]?.location ?? node.location, sinks: sinks, polling: polling)
    }
}
