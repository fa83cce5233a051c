public import Configuration

/// pipeline.yaml: which samples go to which publishers (ceilometer.pipeline.base, `PipelineManager`).
public struct PipelineDefinition: Sendable {
    /// A pipeline for each source and each of its sinks, in their order.
    public let pipelines: [Pipeline]
    /// What its sources take, in their order. Empty if there is no file.
    public let sources: [Source]
    /// What is polled, if the file is of the Ocata generation and was read as such.
    public let polling: PollingDefinition?

    /// What a source takes, and where it says so.
    public struct Source: Sendable {
        /// Its name.
        public let name: String
        /// Which samples it takes.
        public let meters: MeterFilter
        /// The same as it was written, each name or pattern with its place.
        public let patterns: [Located<String>]
        /// Where its list of meters stands.
        public let location: SourceLocation
    }

    /// Reads pipeline.yaml from a file's bytes. Everything wrong goes to `diagnostics`; `nil` if any of it is an error.
    ///
    /// With `pollingMeters` the file is of the Ocata generation, and its sources say how often they poll which of these
    /// meters. Without, polling.yaml says so.
    public static func load(
        _ bytes: [UInt8], file: String, pollingMeters: PollableMeters? = nil, checkPublisher: PublisherCheck,
        into diagnostics: inout Diagnostics
    ) -> PipelineDefinition? {
        var found = Diagnostics()
        defer { diagnostics.append(found) }
        return read(bytes, file: file, pollingMeters, checkPublisher: checkPublisher, into: &found)
    }

    /// Whether a file is of the Ocata generation (2017): a source of it has an `interval`.
    public static func isOfOcata(_ bytes: [UInt8], file: String) -> Bool {
        // Its errors are told when it is loaded.
        var ignored = Diagnostics()
        guard case .sequence(let sources)? = YAMLFile.parse(bytes, file: file, into: &ignored)?["sources"]?.content
        else { return false }
        return sources.contains { $0["interval"] != nil }
    }

    private static func read(
        _ bytes: [UInt8], file: String, _ pollingMeters: PollableMeters?, checkPublisher: PublisherCheck,
        into diagnostics: inout Diagnostics
    ) -> PipelineDefinition? {
        guard let root = YAMLFile.parse(bytes, file: file, into: &diagnostics) else { return nil }
        root.warnOfKeys(besides: ["sources", "sinks"], in: "pipeline.yaml", into: &diagnostics)
        for key in ["sources", "sinks"] where root[key] == nil {
            diagnostics.error(at: root.location, "there is no \"\(key)\"; expected a list under it")
        }
        // What is there is judged even if the other part is missing, so that all errors are told at once.
        let sinkList = root["sinks"]
        let sinks = sinkList.map { PipelineSink.readAll($0, checkPublisher: checkPublisher, into: &diagnostics) }
        let sources = root["sources"].map {
            PipelineSource.readAll($0, knownMeters: pollingMeters, into: &diagnostics)
        }
        guard let sinkList, let sinks, let sources else { return nil }
        let pipelines = connect(sources, to: sinks, named: sinkList.names, into: &diagnostics)
        guard !diagnostics.hasErrors else { return nil }
        return PipelineDefinition(
            pipelines: pipelines,
            sources: sources.map {
                Source(name: $0.name, meters: $0.meters, patterns: $0.patterns, location: $0.metersLocation)
            },
            polling: pollingMeters.map { _ in PollingDefinition(sources: sources.compactMap(\.polling)) })
    }

    /// A pipeline for each source and each of its sinks. `names` are those of all sinks, readable or not.
    private static func connect(
        _ sources: [PipelineSource], to sinks: [PipelineSink], named names: [String],
        into diagnostics: inout Diagnostics
    ) -> [Pipeline] {
        let known = Set(names)
        let byName = Dictionary(sinks.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var pipelines: [Pipeline] = []
        var seen: Set<String> = []
        for source in sources {
            for (sinkName, location) in source.sinks {
                let name = "\(source.name):\(sinkName)"
                if !known.contains(sinkName) {
                    diagnostics.error(
                        at: location,
                        "source \(source.name.redactedExcerpt) names a sink \(sinkName.redactedExcerpt) that does not "
                            + "exist; expected \(expectation(names))" + NearMiss.hint(for: sinkName, among: names))
                } else if !seen.insert(name).inserted {
                    diagnostics.error(
                        at: location,
                        "the pipeline \(name.redactedExcerpt) exists twice; expected each sink once in the sinks "
                            + "of a source"
                    )
                } else if let sink = byName[sinkName] {
                    pipelines.append(
                        Pipeline(
                            name: name, meters: source.meters, sink: sinkName, transformers: sink.transformers,
                            publishers: sink.publishers))
                }
            }
        }
        return pipelines
    }
}

extension PipelineDefinition {
    /// Which sinks could have been meant; of many, the first ones.
    private static func expectation(_ names: [String]) -> String {
        let shown = names.prefix(8).map(\.redactedExcerpt).joined(separator: ", ")
        return names.isEmpty ? "a sink under \"sinks\"" : "one of \(shown)\(names.count > 8 ? ", …" : "")"
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
    /// What happens to them first. What the transformers of a sink remember is the same for all its sources.
    public let transformers: TransformerChain
    /// Where they go, in order.
    public let publishers: [PublisherReference]

    /// A pipeline of those parts.
    public init(
        name: String, meters: MeterFilter, sink: String, transformers: TransformerChain = TransformerChain(),
        publishers: [PublisherReference] = []
    ) {
        self.name = name
        self.meters = meters
        self.sink = sink
        self.transformers = transformers
        self.publishers = publishers
    }
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
    public static let everything = PipelineDefinition(
        pipelines: [Pipeline(name: "everything:none", meters: MeterFilter(["*"]), sink: "none")], sources: [],
        polling: nil)
}
