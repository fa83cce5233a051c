import Compute
public import Configuration
public import Pipeline
public import Publishers

/// Everything an agent runs on, checked as a whole: ceilometer.conf, polling.yaml and pipeline.yaml.
public struct AgentConfiguration: Sendable {
    /// ceilometer.conf.
    public let settings: Settings
    /// polling.yaml.
    public let polling: PollingDefinition
    /// pipeline.yaml.
    public let pipelines: PipelineDefinition
    /// What is polled together.
    public let tasks: [PollingTask]
    /// The files that publishers' URLs name.
    public let publisherFiles: PublisherFiles
    /// The files that all this was read from.
    public let files: [String]

    /// What came of loading.
    public struct Loaded: Sendable {
        /// The configuration; `nil` exactly if a diagnostic is an error.
        public let configuration: AgentConfiguration?
        /// Everything to tell of ceilometer.conf and, unless that has errors, of the two files that it names.
        public let diagnostics: Diagnostics
    }

    /// Reads and checks all files of a request. Blocks.
    ///
    /// `needsPipelines` false allows polling.yaml and pipeline.yaml to be missing, if nobody has named them: every meter
    /// is polled then, and no pipeline restricts them.
    public static func load(_ request: SettingsRequest, needsPipelines: Bool = true) -> Loaded {
        let loaded = Settings.load(request)
        var diagnostics = loaded.diagnostics
        guard let settings = loaded.settings else { return Loaded(configuration: nil, diagnostics: diagnostics) }
        var files = loaded.files
        let polling: PollingDefinition?
        switch YAMLSource(settings.pollingConfigFile, search: loaded.search, into: &diagnostics) {
        case .read(let bytes, let file):
            files.append(file)
            polling = PollingDefinition.load(
                bytes, file: file, knownMeters: MeterTable.names, into: &diagnostics)
        case .missing(let place) where !needsPipelines && settings.pollingConfigFile.isUnnamed("polling.yaml"):
            diagnostics.warning(at: nil, "\(place): every meter is polled")
            polling = .everything
        case .missing(let place):
            diagnostics.error(
                at: settings.pollingConfigFile.location,
                "\(place); expected a polling.yaml there, or its path in [polling] cfg_file")
            polling = nil
        case .unreadable: polling = nil
        }
        let pipelines: PipelineDefinition?
        var publisherFiles = PublisherFiles(search: loaded.search)
        switch YAMLSource(settings.pipelineConfigFile, search: loaded.search, into: &diagnostics) {
        case .read(let bytes, let file):
            files.append(file)
            pipelines = PipelineDefinition.load(
                bytes, file: file, checkPublisher: { publisherFiles.read(for: $0, at: $1) }, into: &diagnostics)
        case .missing(let place) where !needsPipelines && settings.pipelineConfigFile.isUnnamed("pipeline.yaml"):
            diagnostics.warning(at: nil, "\(place): no pipeline restricts the samples")
            pipelines = .everything
        case .missing(let place):
            diagnostics.error(
                at: settings.pipelineConfigFile.location,
                "\(place); expected the pipeline.yaml of ceilometer-agent-notification there, or its path in [DEFAULT] "
                    + "pipeline_cfg_file")
            pipelines = nil
        case .unreadable: pipelines = nil
        }
        guard let polling, let pipelines, !diagnostics.hasErrors else {
            return Loaded(configuration: nil, diagnostics: diagnostics)
        }
        let tasks = PollingTask.plan(polling, knownMeters: MeterTable.names)
        if tasks.isEmpty {
            diagnostics.warning(at: nil, "no source of polling.yaml selects a meter of this agent: nothing is polled")
        }
        return Loaded(
            configuration: AgentConfiguration(
                settings: settings, polling: polling, pipelines: pipelines, tasks: tasks,
                publisherFiles: publisherFiles, files: files + publisherFiles.paths),
            diagnostics: diagnostics)
    }
}

extension Located<String> {
    /// Whether nobody has named the file, in a file or in the environment: it is the default.
    fileprivate func isUnnamed(_ standard: String) -> Bool { location == nil && value == standard }
}
