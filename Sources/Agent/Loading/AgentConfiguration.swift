import Compute
public import Configuration
public import Keystone
public import Pipeline
public import Publishers
import Telemetry
public import Transfer

/// Everything an agent runs on, checked as a whole: ceilometer.conf, polling.yaml and pipeline.yaml.
public struct AgentConfiguration: Sendable {
    /// ceilometer.conf.
    public let settings: Settings
    /// What is polled, and how often.
    public let polling: PollingDefinition
    /// Which file says so.
    public let pollingOrigin: PollingOrigin
    /// pipeline.yaml.
    public let pipelines: PipelineDefinition
    /// What is polled together.
    public let tasks: [PollingTask]
    /// How Keystone is to be spoken to, and with it Nova; `nil` if nothing is said of it.
    let keystone: KeystoneCredentials?
    /// The files that publishers' URLs name.
    public let publisherFiles: PublisherFiles
    /// The files that all this was read from.
    public let files: [String]

    /// Which file says what is polled.
    public enum PollingOrigin: Sendable {
        /// polling.yaml.
        case pollingFile
        /// pipeline.yaml: it is of the Ocata generation, and there is no polling.yaml.
        case pipelineFile
        /// None: every meter is polled.
        case nothing
    }

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
    /// is polled then, and no pipeline restricts them. Without a polling.yaml, and if nobody has named one, a
    /// pipeline.yaml of the Ocata generation says what is polled.
    public static func load(_ request: SettingsRequest, needsPipelines: Bool = true) -> Loaded {
        let loaded = Settings.load(request)
        var diagnostics = loaded.diagnostics
        guard let settings = loaded.settings else { return Loaded(configuration: nil, diagnostics: diagnostics) }
        LibvirtDriver.check(settings, into: &diagnostics)
        let keystone = keystone(settings, into: &diagnostics)
        let yaml = read(settings, loaded.search, needsPipelines, into: &diagnostics)
        guard let polling = yaml.polling, let pipelines = yaml.pipelines, !diagnostics.hasErrors else {
            return Loaded(configuration: nil, diagnostics: diagnostics)
        }
        if settings.isTelemetrySecretKnown {
            for publisher in pipelines.pipelines.flatMap(\.publishers) where PublisherFactory.signs(publisher.url) {
                diagnostics.warning(
                    at: publisher.location,
                    "publisher \(PublisherFactory.redacted(publisher.url)): signature=true proves nothing while [publisher] "
                        + "telemetry_secret is empty or the default, which everybody knows; expected a secret")
            }
        }
        if keystone == nil {
            // What is wrong with credentials that are there has been told, as a warning if nothing else needs them.
            for publisher in pipelines.pipelines.flatMap(\.publishers) {
                if let problem = PublisherFactory.problemWithoutKeystone(publisher.url) {
                    diagnostics.error(at: publisher.location, problem)
                }
            }
            guard !diagnostics.hasErrors else { return Loaded(configuration: nil, diagnostics: diagnostics) }
        }
        diagnostics.append(sharedQueues(pipelines))
        diagnostics.append(exposedPasswords(pipelines))
        let tasks = PollingTask.plan(polling.definition, knownMeters: .all)
        if tasks.isEmpty {
            diagnostics.warning(
                at: nil,
                "no source of \(polling.origin == .pipelineFile ? "pipeline.yaml" : "polling.yaml") selects a meter of this agent: "
                    + "nothing is polled")
        }
        if polling.origin != .nothing {
            diagnostics.append(
                MeterCoverage.warnings(of: polling.definition, and: pipelines, knownMeters: .all))
        }
        return Loaded(
            configuration: AgentConfiguration(
                settings: settings, polling: polling.definition, pollingOrigin: polling.origin, pipelines: pipelines,
                tasks: tasks, keystone: keystone, publisherFiles: yaml.publisherFiles,
                files: loaded.files + yaml.files + yaml.publisherFiles.paths),
            diagnostics: diagnostics)
    }

    /// What polling.yaml and pipeline.yaml come to; `nil` for what cannot be used.
    private struct WhatIsRead {
        let polling: (definition: PollingDefinition, origin: PollingOrigin)?
        let pipelines: PipelineDefinition?
        let publisherFiles: PublisherFiles
        let files: [String]
    }

    /// Reads polling.yaml and pipeline.yaml, and what of both there is; the files that were read.
    private static func read(
        _ settings: Settings, _ search: FileSearch, _ needsPipelines: Bool, into diagnostics: inout Diagnostics
    ) -> WhatIsRead {
        var files: [String] = []
        var polling: (definition: PollingDefinition, origin: PollingOrigin)?
        var ofPipelines = Diagnostics()
        let pipelineSource = YAMLSource(settings.pipelineConfigFile, search: search, into: &ofPipelines)
        var pollingMeters: PollableMeters?
        switch YAMLSource(settings.pollingConfigFile, search: search, into: &diagnostics) {
        case .read(let bytes, let file):
            files.append(file)
            polling = PollingDefinition.load(
                bytes, file: file, knownMeters: .all, into: &diagnostics
            ).map { ($0, .pollingFile) }
        case .missing where settings.pollingConfigFile.isUnnamed("polling.yaml") && pipelineSource.isOfOcata:
            pollingMeters = .all
        case .missing(let place) where !needsPipelines && settings.pollingConfigFile.isUnnamed("polling.yaml"):
            diagnostics.warning(at: nil, "\(place): every meter is polled")
            polling = (.everything, .nothing)
        case .missing(let place):
            diagnostics.error(
                at: settings.pollingConfigFile.location,
                "\(place); expected Ceilometer's polling.yaml there, or its path in [polling] cfg_file. To poll every meter: "
                    + paste(
                        "{sources: [{name: all, interval: 300, meters: [\"*\"]}]}", settings.pollingConfigFile.value))
        case .unreadable: break
        }
        diagnostics.append(ofPipelines)
        var pipelines: PipelineDefinition?
        var publisherFiles = PublisherFiles(search: search)
        switch pipelineSource {
        case .read(let bytes, let file):
            files.append(file)
            pipelines = PipelineDefinition.load(
                bytes, file: file, pollingMeters: pollingMeters,
                checkPublisher: { publisherFiles.read(for: $0, at: $1, beside: $2) }, into: &diagnostics)
            if let found = pipelines?.polling { polling = (found, .pipelineFile) }
        case .missing(let place) where !needsPipelines && settings.pipelineConfigFile.isUnnamed("pipeline.yaml"):
            diagnostics.warning(at: nil, "\(place): no pipeline restricts the samples")
            pipelines = .everything
        case .missing(let place):
            diagnostics.error(
                at: settings.pipelineConfigFile.location,
                "\(place); expected the pipeline.yaml of ceilometer-agent-notification there, or its path in [DEFAULT] "
                    + "pipeline_cfg_file. Ceilometer's packaged one publishes to Gnocchi; to do the same: "
                    + paste(
                        "{sources: [{name: all, meters: [\"*\"], sinks: [out]}], "
                            + "sinks: [{name: out, publishers: [\"gnocchi://\"]}]}", settings.pipelineConfigFile.value))
        case .unreadable: break
        }
        return WhatIsRead(polling: polling, pipelines: pipelines, publisherFiles: publisherFiles, files: files)
    }
}

extension AgentConfiguration {
    /// A command that writes a file where it is looked for.
    private static func paste(_ text: String, _ name: String) -> String {
        let path = name.hasPrefix("/") ? name : "/etc/ceilometer/\(name)"
        let directory = PathText.parent(of: path)
        var isThere = true
        do { isThere = try LocalFiles().exists(directory) } catch {
            // One that this user may not look at is there.
        }
        return (isThere ? "" : "mkdir -p \(directory) && ") + "echo '\(text)' > \(path)"
    }

    /// A warning for each file with publishers' passwords that every user of the host can read.
    private static func exposedPasswords(_ pipelines: PipelineDefinition) -> Diagnostics {
        var diagnostics = Diagnostics()
        var seen: Set<String> = []
        for publisher in pipelines.pipelines.flatMap(\.publishers)
        where PublisherFactory.redacted(publisher.url) != publisher.url && seen.insert(publisher.location.file).inserted
        {
            guard let exposure = LocalFiles().exposure(of: publisher.location.file) else { continue }
            diagnostics.warning(at: publisher.location, exposure.warning)
        }
        return diagnostics
    }

    /// Publishers of one queue are delivered by the first of them: what others say of delivery has no effect.
    private static func sharedQueues(_ pipelines: PipelineDefinition) -> Diagnostics {
        var diagnostics = Diagnostics()
        var first: [String: PublisherReference] = [:]
        for publisher in pipelines.pipelines.flatMap(\.publishers) {
            guard let identity = PublisherFactory.identity(of: publisher.url) else { continue }
            guard let other = first[identity] else {
                first[identity] = publisher
                continue
            }
            guard other.url != publisher.url else { continue }
            diagnostics.warning(
                at: publisher.location,
                "publisher \(PublisherFactory.redacted(publisher.url)) shares the queue \(identity) with the one in line \(other.location.line), "
                    + "whose parameters count for the delivery of both; give both the same")
        }
        return diagnostics
    }

    /// A session with Keystone, without a token yet; `nil` if nothing is said of Keystone.
    public func keystoneSession(transfer: Transfer, version: String) -> KeystoneSession? {
        let start = ContinuousClock.now
        return keystone.map {
            KeystoneSession(
                $0, transfer: transfer, userAgent: "aerostat/\(version)", now: { ContinuousClock.now - start })
        }
    }
}

extension PollableMeters {
    /// Every meter of the table.
    fileprivate static let all = PollableMeters(MeterTable.names, onRequest: MeterTable.namesOnRequest)
}

extension YAMLSource {
    /// Whether it is a pipeline.yaml that says what is polled.
    fileprivate var isOfOcata: Bool {
        guard case .read(let bytes, let file) = self else { return false }
        return PipelineDefinition.isOfOcata(bytes, file: file)
    }
}

extension AgentConfiguration {
    /// What `[service_credentials]` comes to. That it is no good is an error only if something needs it; that it is not
    /// there, as well.
    private static func keystone(_ settings: Settings, into diagnostics: inout Diagnostics) -> KeystoneCredentials? {
        let needs = settings.needingServiceCredentials
        guard let written = settings.serviceCredentials else {
            if let section = settings.authSection {
                diagnostics.append(
                    Diagnostics(
                        error:
                            "[service_credentials] auth_section: the group \(section.value.excerpt) has no auth_type; "
                            + "expected the name of the group that holds the credentials", at: section.location
                    ).demoted(unless: !needs.isEmpty))
            } else if let first = needs.first {
                diagnostics.error(
                    at: first.location,
                    "\(first.value) needs Keystone, but [service_credentials] has no auth_type; expected one with auth_url, "
                        + "user, password and project, or an application credential")
            }
            return nil
        }
        var found = Diagnostics()
        let credentials = KeystoneCredentials(written, into: &found)
        diagnostics.append(found.demoted(unless: !needs.isEmpty))
        return credentials
    }
}

extension Located<String> {
    /// Whether nobody has named the file, in a file or in the environment: it is the default.
    fileprivate func isUnnamed(_ standard: String) -> Bool { location == nil && value == standard }
}
