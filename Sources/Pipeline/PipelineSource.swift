import Configuration

/// A source of pipeline.yaml.
struct PipelineSource {
    let name: String
    let meters: MeterFilter
    let sinks: [(text: String, location: SourceLocation)]

    /// Keys of the generation of 2017, which polling.yaml has had since; accepted, and without effect.
    private static let formerKeys = ["interval", "resources", "discovery"]
    private static let keys = ["name", "meters", "sinks"]

    /// The sources that can be read; an error for each that cannot.
    static func readAll(_ list: YAMLNode, into diagnostics: inout Diagnostics) -> [PipelineSource] {
        guard let nodes = list.mappings(of: "sources", into: &diagnostics) else { return [] }
        if nodes.isEmpty {
            diagnostics.warning(at: list.location, "sources is empty: no sample goes anywhere")
        }
        var sources: [PipelineSource] = []
        var names: Set<String> = []
        for node in nodes {
            let name = node.requiredName(in: "the source", into: &diagnostics)
            if let name, !names.insert(name).inserted {
                diagnostics.error(
                    at: node["name"]?.location,
                    "two sources are called \(name.redactedExcerpt); expected each name once")
            }
            if let source = read(node, name: name, into: &diagnostics) { sources.append(source) }
        }
        return sources
    }

    private static func read(
        _ node: YAMLNode, name: String?, into diagnostics: inout Diagnostics
    ) -> PipelineSource? {
        let title = name.map { "source \($0.redactedExcerpt)" } ?? "the source"
        node.warnOfKeys(besides: keys + formerKeys, in: title, into: &diagnostics)
        for key in formerKeys {
            guard let value = node[key] else { continue }
            diagnostics.warning(
                at: value.location, "\(key) of \(title) has no effect in pipeline.yaml; set it in polling.yaml")
        }
        var meters: MeterFilter?
        if let list = node["meters"] {
            meters = MeterFilter.read(list, of: title, into: &diagnostics)
        } else {
            diagnostics.error(at: node.location, "\(title) has no \"meters\"; expected a list of meters")
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
        return PipelineSource(name: name, meters: meters, sinks: sinks)
    }
}
