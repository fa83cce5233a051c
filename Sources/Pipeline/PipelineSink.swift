import Configuration

/// A sink of pipeline.yaml.
struct PipelineSink {
    let name: String
    let publishers: [PublisherReference]

    private static let keys = ["name", "publishers", "transformers"]
    /// The transformers that Ceilometer had until release 13.
    private static let transformers = [
        "accumulator", "aggregator", "arithmetic", "delta", "rate_of_change", "unit_conversion",
    ]

    /// The sinks that can be read; an error for each that cannot.
    static func readAll(
        _ list: YAMLNode, checkPublisher: PipelineDefinition.PublisherCheck, into diagnostics: inout Diagnostics
    ) -> [PipelineSink] {
        guard let nodes = list.mappings(of: "sinks", into: &diagnostics) else { return [] }
        var sinks: [PipelineSink] = []
        var names: Set<String> = []
        for node in nodes {
            let name = node.requiredName(in: "the sink", into: &diagnostics)
            if let name, !names.insert(name).inserted {
                diagnostics.error(
                    at: node["name"]?.location, "two sinks are called \(name.excerpt); expected each name once")
            }
            let title = name.map { "sink \($0.excerpt)" } ?? "the sink"
            node.warnOfKeys(besides: keys, in: title, into: &diagnostics)
            refuseTransformers(of: node, title, into: &diagnostics)
            guard let list = node["publishers"] else {
                diagnostics.error(at: node.location, "\(title) has no \"publishers\"; expected a list of URLs")
                continue
            }
            guard let urls = list.texts(of: "publishers of \(title)", what: "URLs", into: &diagnostics) else {
                continue
            }
            if urls.isEmpty {
                diagnostics.error(at: list.location, "publishers of \(title) is empty; expected at least one URL")
            }
            for (url, location) in urls { diagnostics.append(contentsOf: checkPublisher(url, location)) }
            guard let name else { continue }
            sinks.append(
                PipelineSink(
                    name: name, publishers: urls.map { PublisherReference(url: $0.text, location: $0.location) }))
        }
        return sinks
    }

    /// Samples that should have been transformed and were not would be wrong in silence.
    private static func refuseTransformers(of sink: YAMLNode, _ title: String, into diagnostics: inout Diagnostics) {
        guard let value = sink["transformers"] else { return }
        switch value.content {
        case .null: return
        case .sequence(let elements):
            for element in elements {
                guard let name = element["name"]?.scalarText else {
                    diagnostics.error(
                        at: element.location, "a transformer of \(title) has no name; remove the transformers")
                    continue
                }
                let isKnown = transformers.contains(name)
                diagnostics.error(
                    at: element.location,
                    isKnown
                        ? "\(title) has a transformer \(name), and this version of aerostat has no transformers; remove it"
                        : "\(title) has an unknown transformer \(name.excerpt)"
                            + NearMiss.hint(for: name, among: transformers))
            }
        default:
            diagnostics.error(at: value.location, "transformers of \(title) is \(value.kind); expected a list")
        }
    }
}
