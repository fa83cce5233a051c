public import Configuration

/// pipeline.yaml: which samples go to which publishers (ceilometer.pipeline.base, `PipelineManager`).
public struct PipelineDefinition: Sendable {
    /// A pipeline for each source and each of its sinks, in their order.
    public let pipelines: [Pipeline]

    /// Judges a publisher's URL: what is wrong with it.
    public typealias PublisherCheck = (_ url: String, _ location: SourceLocation) -> [Diagnostic]

    /// Reads pipeline.yaml from a file's bytes. Everything wrong goes to `diagnostics`; `nil` if any of it is an error.
    public static func load(
        _ bytes: [UInt8], file: String, checkPublisher: PublisherCheck, into diagnostics: inout Diagnostics
    ) -> PipelineDefinition? {
        guard let root = YAMLFile.parse(bytes, file: file, into: &diagnostics) else { return nil }
        root.warnOfKeys(besides: ["sources", "sinks"], in: "pipeline.yaml", into: &diagnostics)
        for key in ["sources", "sinks"] where root[key] == nil {
            diagnostics.error(at: root.location, "there is no \"\(key)\"; expected a list under it")
        }
        guard let sourceList = root["sources"], let sinkList = root["sinks"] else { return nil }
        var found = Diagnostics()
        let sinks = PipelineSink.readAll(sinkList, checkPublisher: checkPublisher, into: &found)
        let sources = PipelineSource.readAll(sourceList, into: &found)
        let names = sinkList.names
        var pipelines: [Pipeline] = []
        var seen: Set<String> = []
        for source in sources {
            for (sinkName, location) in source.sinks {
                let name = "\(source.name):\(sinkName)"
                if !names.contains(sinkName) {
                    found.error(
                        at: location,
                        "source \(source.name.excerpt) names a sink \(sinkName.excerpt) that does not exist; expected one of "
                            + "\(names.isEmpty ? "the sinks" : names.joined(separator: ", "))"
                            + NearMiss.hint(for: sinkName, among: names))
                } else if !seen.insert(name).inserted {
                    found.error(
                        at: location,
                        "the pipeline \(name.excerpt) exists twice; expected each sink once in the sinks of a source")
                } else if let sink = sinks.first(where: { $0.name == sinkName }) {
                    pipelines.append(
                        Pipeline(name: name, meters: source.meters, sink: sinkName, publishers: sink.publishers))
                }
            }
        }
        diagnostics.append(found)
        return found.hasErrors ? nil : PipelineDefinition(pipelines: pipelines)
    }
}

/// A source of samples with one of its sinks.
public struct Pipeline: Sendable {
    /// `source:sink`.
    public let name: String
    /// Which samples it takes.
    public let meters: MeterFilter
    /// The sink's name.
    public let sink: String
    /// Where they go, in order.
    public let publishers: [PublisherReference]
}

/// A publisher's URL and where it stands. May hold a password.
public struct PublisherReference: Sendable, Hashable {
    /// The URL as it was written.
    public let url: String
    /// Where it stands.
    public let location: SourceLocation
}

extension YAMLNode {
    /// The names that the mappings of a list have.
    fileprivate var names: [String] {
        guard case .sequence(let elements) = content else { return [] }
        return elements.compactMap { $0["name"]?.scalarText }
    }
}

extension PipelineDefinition {
    /// Every sample, and no publisher, for commands that need no pipeline.yaml.
    public static let everything = PipelineDefinition(pipelines: [
        Pipeline(name: "everything:none", meters: MeterFilter(["*"]), sink: "none", publishers: [])
    ])
}
