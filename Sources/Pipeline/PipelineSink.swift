import Configuration

/// A sink of pipeline.yaml.
struct PipelineSink {
    let name: String
    let transformers: TransformerChain
    let publishers: [PublisherReference]

    private static let keys = ["name", "publishers", "transformers"]

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
            let transformers =
                node["transformers"].map { TransformerChain.read($0, of: title, into: &diagnostics) }
                ?? TransformerChain()
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
            for (index, publisher) in publishers.enumerated() {
                let others = publishers.indices.filter { $0 != index }.map { publishers[$0].url }
                diagnostics.append(contentsOf: checkPublisher(publisher.url, publisher.location, others))
            }
            guard let name else { continue }
            sinks.append(PipelineSink(name: name, transformers: transformers, publishers: publishers))
        }
        return sinks
    }
}
