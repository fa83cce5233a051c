import Compute
public import Hypervisor
public import Logging
import Configuration
import Keystone
import Nova
import Outbox
import Pipeline
import Publishers
import Telemetry
import Threads
import Transfer

/// A running agent: a configuration wired together. One lives from its start to its stop; a reload makes a new one.
public actor Agent {
    private let configuration: AgentConfiguration
    private let hypervisor: any Hypervisor
    private let logger: Logger
    private let board: StatusBoard
    private let endpoint: StatusEndpoint
    private let version: String
    private let transfer = Transfer()
    private let session: KeystoneSession?

    /// An agent that is yet to run, and shows its state at the process's `endpoint`.
    public init(
        _ configuration: AgentConfiguration, hypervisor: any Hypervisor, endpoint: StatusEndpoint, version: String,
        logger: Logger
    ) {
        self.configuration = configuration
        self.hypervisor = hypervisor
        self.endpoint = endpoint
        self.logger = logger
        self.version = version
        session = configuration.keystoneSession(transfer: transfer, version: version)
        board = StatusBoard(version: version, host: configuration.settings.host, logger: logger)
    }

    /// Why an agent ended.
    public enum End: Sendable, Equatable {
        /// It was told to.
        case stopped
        /// A recording has no more cycles.
        case ended
        /// The process must be restarted, for the reason given.
        case mustRestart(String)
    }

    /// Polls and delivers until the task is cancelled; then hands over what was collected, within five seconds.
    ///
    /// Throws if the state directory or the status address cannot be used: nothing has been polled then.
    public func run() async throws -> End {
        let settings = configuration.settings
        let (sinks, publishers) = try makePublishers()
        let board = board
        let logger = logger
        // In order: the end of an outage that was noted before its beginning would leave the agent unhealthy for ever.
        let (events, reports) = AsyncStream<OutboxEvent>.makeStream(bufferingPolicy: .bufferingNewest(1000))
        let notes = Task { for await event in events { await board.note(event) } }
        defer { reports.finish() }
        let outbox = try await Outbox.open(
            directory: settings.statePath.value,
            limits: OutboxLimits(maxBytes: settings.outboxMaxBytes, maxAge: settings.outboxMaxAge),
            publishers: publishers, now: { WallClock.now },
            report: { event in reports.yield(event) },
            // What was sent took more memory than what was polled.
            drained: { SpareMemory.giveBack() })
        for queue in await outbox.snapshot() where queue.payloads > 0 {
            logger.notice(
                queue.isConfigured
                    ? "payloads of an earlier run wait to be delivered"
                    : "payloads are queued for a publisher that is no longer in pipeline.yaml; keeping them (aerostat outbox move)",
                metadata: [
                    "publisher": "\(queue.identity)", "payloads": "\(queue.payloads)", "samples": "\(queue.samples)",
                ])
        }
        let (conditions, told) = AsyncStream<CloudCondition>.makeStream(bufferingPolicy: .bufferingNewest(1000))
        let cloudNotes = Task { for await condition in conditions { await board.note(condition) } }
        defer { told.finish() }
        let cloud = session.map { session in
            CloudDirectory(configuration, session: session, report: { condition in told.yield(condition) })
        }
        let departures = departures(sinks, outbox) { condition in told.yield(CloudCondition(condition)) }
        let engine = PollingEngine(
            plan: configuration.tasks, rules: configuration.rules, hypervisor: hypervisor, cloud: cloud,
            departures: departures, sinks: sinks, outbox: outbox, board: board, logger: logger)
        do {
            try await endpoint.show(
                StatusPages(
                    status: { await board.json(queues: outbox.snapshot().map(\.json)) },
                    problems: { await board.problems }),
                at: settings.statusListen.value)
        } catch {
            // The state directory must be free for the agent that goes on with the old configuration.
            await outbox.stop(within: .zero)
            await cloud?.stop()
            await transfer.shutdown()
            throw error
        }
        let end = await polled(by: engine)
        await endpoint.agentEnds()
        await departures?.stop()
        // In a task of its own: this one was cancelled, and what is cancelled cannot wait for deliveries.
        await Task { await outbox.stop(within: .milliseconds(2500)) }.value
        await cloud?.stop()
        await transfer.shutdown()
        told.finish()
        await cloudNotes.value
        reports.finish()
        await notes.value
        await reportLeftovers(outbox)
        return end
    }

    /// Runs the engine until it ends, or until two seconds after this task was cancelled: a call to libvirt that hangs
    /// is left behind then.
    private func polled(by engine: PollingEngine) async -> End {
        let polling = Task { await engine.run() }
        let (ends, continuation) = AsyncStream<PollingEngine.End>.makeStream()
        let relay = Task { continuation.yield(await polling.value) }
        // In a task of its own, as one that was cancelled cannot wait.
        let waiting = Task {
            for await end in ends { return end }
            return PollingEngine.End.cancelled
        }
        let end = await withTaskCancellationHandler {
            await waiting.value
        } onCancel: {
            polling.cancel()
            Task {
                try await TaskThread.agent.sleep(for: .seconds(2))
                continuation.yield(.cancelled)
            }
        }
        relay.cancel()
        switch end {
        case .cancelled: return .stopped
        case .ended: return .ended
        case .exhausted(let reason): return .mustRestart(reason)
        }
    }

    private func makePublishers() throws -> (SinkRouter, [any Publisher]) {
        let logger = logger
        let factory = PublisherFactory(
            context: PublisherContext(
                maxSamplesPerRequest: configuration.settings.maxSamplesPerRequest, transfer: transfer,
                version: version, telemetrySecret: configuration.settings.telemetrySecret,
                stateDirectory: configuration.settings.statePath.value, files: configuration.publisherFiles,
                keystone: session,
                notice: { notice in
                    logger.log(
                        level: notice.severity == .warning ? .warning : .notice, "\(notice.text)",
                        metadata: ["publisher": "\(notice.publisher)"])
                }))
        var routes: [(pipeline: Pipeline, publishers: [any Publisher])] = []
        var all: [any Publisher] = []
        var diagnostics = Diagnostics()
        for pipeline in configuration.pipelines.pipelines {
            let publishers = pipeline.publishers.compactMap {
                factory.publisher(for: $0.url, at: $0.location, into: &diagnostics)
            }
            all += publishers
            routes.append((pipeline, publishers))
        }
        guard !diagnostics.hasErrors else { throw ConfigurationError(diagnostics) }
        return (SinkRouter(routes, longestInterval: configuration.tasks.map(\.interval).max() ?? 0), all)
    }

    /// The watch for instances that are gone, if a publisher tells of them.
    private func departures(
        _ sinks: SinkRouter, _ outbox: Outbox, report: @escaping @Sendable (ServiceCondition) -> Void
    ) -> DepartureWatch? {
        let urls = configuration.pipelines.pipelines.flatMap(\.publishers).map(\.url)
        guard let session, urls.contains(where: PublisherFactory.marksEnds) else { return nil }
        let settings = configuration.settings
        return DepartureWatch(
            nova: NovaClient(session: session, serviceType: settings.novaServiceType), host: settings.host,
            file: RosterFile(directory: settings.statePath.value), logger: logger, report: report
        ) { ended in
            await outbox.handOver(sinks.payloads(forEnded: ended))
        }
    }

    private func reportLeftovers(_ outbox: Outbox) async {
        for queue in await outbox.snapshot() where queue.payloads > 0 && queue.isConfigured {
            logger.notice(
                "payloads are kept for the next start",
                metadata: [
                    "publisher": "\(queue.identity)", "payloads": "\(queue.payloads)", "samples": "\(queue.samples)",
                ])
        }
    }
}
