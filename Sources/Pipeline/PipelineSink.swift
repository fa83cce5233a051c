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
        _ list: YAMLNode, checkPublisher: PublisherCheck, into diagnostics: inout Diagnostics
    ) -> [PipelineSink] {
        guard let nodes = list.mappings(of: "sinks", into: &diagnostics) else { return [] }
        var sinks: [PipelineSink] = []
        var names: Set<String> = []
        for node in nodes {
            let name = node.requiredName(in: "the sink", into: &diagnostics)
            if let name, !names.insert(name).inserted {
                diagnostics.error(
                    at: node["name"]?.location, "two sinks are called \(name.redactedExcerpt); expected each name once")
            }
            let title = name.map { "sink \($0.redactedExcerpt)" } ?? "the sink"
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
            let publishers = urls.map { text, location in
                // As in Ceilometer, a publisher without parameters may be its scheme alone.
                PublisherReference(url: text.contains("://") ? text : "\(text)://", location: location)
            }
            for publisher in publishers {
                diagnostics.append(contentsOf: checkPublisher(publisher.url, publisher.location))
            }
            guard let name else { continue }
            sinks.append(PipelineSink(name: name, publishers: publishers))
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
                        ? "\(title) has a transformer \(name), but aerostat has no transformers; remove it"
                        : "\(title) has an unknown transformer \(name.redactedExcerpt)"
                            + NearMiss.hint(for: name, among: transformers))
            }
        default:
            diagnostics.error(at: value.location, "transformers of \(title) is \(value.kind); expected a list")
        }
    }
}
