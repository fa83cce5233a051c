import Compute
public import Hypervisor
public import Logging
import Configuration
import Keystone
import Nova
import Outbox
import Pipeline
import Publishers
import Synchronization
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

    /// An agent that is yet to run, and shows its state at the process's `endpoint`. `report` tells where its configuration
    /// comes from.
    public init(
        _ configuration: AgentConfiguration, report: ConfigurationReport? = nil, hypervisor: any Hypervisor,
        endpoint: StatusEndpoint, version: String, logger: Logger
    ) {
        self.configuration = configuration
        self.hypervisor = hypervisor
        self.endpoint = endpoint
        self.logger = logger
        self.version = version
        session = configuration.keystoneSession(transfer: transfer, version: version)
        board = StatusBoard(
            version: version, host: configuration.settings.host, configuration: report, logger: logger)
    }

    /// Shows what became of a reload that has left this agent running.
    public func note(_ report: ConfigurationReport) async { await board.note(report) }

    /// Why an agent ended.
    public enum End: Sendable, Equatable {
        /// It was told to.
        case stopped
        /// A recording has no more cycles.
        case ended
        /// The process must be restarted, for the reason given.
        case mustRestart(String)
    }

    /// How long the end may take, from when it is told to.
    private static let patience = Duration.seconds(4)

    /// Polls and delivers until the task is cancelled; then hands over what was collected, within four seconds, whatever
    /// hangs. `started` is called when all is had that polling needs.
    ///
    /// Throws if the state directory or the status address cannot be used: nothing has been polled then.
    public func run(started: @Sendable () -> Void = {}) async throws -> End {
        let settings = configuration.settings
        // It looks at files of TLS, which may be on a dead mount.
        let (sinks, publishers) = try await offPool { try self.makePublishers() }
        let board = board
        let logger = logger
        // In order: the end of an outage that was noted before its beginning would leave the agent unhealthy for ever.
        let (events, reports) = AsyncStream<OutboxEvent>.makeStream(bufferingPolicy: .bufferingNewest(1000))
        let notes = Task { for await event in events { await board.note(event) } }
        defer { reports.finish() }
        let (refusals, refused) = AsyncStream<String>.makeStream()
        defer { refused.finish() }
        let outbox = try await Outbox.open(
            directory: settings.statePath.value,
            limits: OutboxLimits(maxBytes: settings.outboxMaxBytes, maxAge: settings.outboxMaxAge),
            publishers: publishers, now: { WallClock.now },
            report: { event in
                if case .directoryTaken(let reason) = event { refused.yield(reason) }
                reports.yield(event)
            },
            // What was sent took more memory than what was polled.
            drained: { SpareMemory.giveBack() })
        for queue in await outbox.snapshot() where queue.payloads > 0 {
            logger.notice(
                queue.isConfigured
                    ? "payloads of an earlier run wait to be delivered"
                    : "payloads are queued for a publisher that is no longer in pipeline.yaml; keeping them until aerostat outbox move sends them elsewhere",
                metadata: [
                    "publisher": "\(queue.identity)", "payloads": "\(queue.payloads)", "samples": "\(queue.samples)",
                ])
        }
        let (conditions, conditionsTold) = AsyncStream<CloudCondition>.makeStream(
            bufferingPolicy: .bufferingNewest(1000))
        let cloudNotes = Task { for await condition in conditions { await board.note(condition) } }
        defer { conditionsTold.finish() }
        let cloud = session.map { session in
            CloudDirectory(configuration, session: session, report: { condition in conditionsTold.yield(condition) })
        }
        let departures = departures(sinks, outbox) { condition in conditionsTold.yield(CloudCondition(condition)) }
        let watch = PollWatch(overdue: { problem in Task { await board.hold(StatusCondition.polling, problem) } })
        let engine = PollingEngine(
            plan: configuration.tasks, rules: configuration.rules, hypervisor: hypervisor, cloud: cloud,
            departures: departures, sinks: sinks, outbox: outbox, board: board, watch: watch, logger: logger)
        board.published.change { $0.polls = watch }
        do {
            try await endpoint.show(
                StatusPages(snapshot: { board.published.current }, queues: { outbox.published }),
                at: settings.statusListen.value)
        } catch {
            // The state directory must be free for the agent that goes on with the old configuration.
            _ = await finishes(within: .seconds(3)) { [transfer] in
                await outbox.stop(within: .zero)
                await cloud?.stop()
                await transfer.shutdown()
            }
            throw error
        }
        started()
        let (end, told) = await polled(by: engine, unless: refusals)
        let deadline = told + Self.patience
        await endpoint.agentEnds()
        await departures?.stop()
        // The rest is for attempts under way, for what must be written, and for closing.
        let forDeliveries = min(.milliseconds(2300), deadline - .now - .milliseconds(1700))
        let isClosed = await finishes(within: deadline - .now) { await outbox.stop(within: max(.zero, forDeliveries)) }
        if !isClosed {
            logger.warning(
                "the outbox does not end, and is left behind; check the disk of [aerostat] state_path",
                metadata: ["state": "\(settings.statePath.value)"])
        }
        conditionsTold.finish()
        reports.finish()
        _ = await finishes(within: max(.milliseconds(300), deadline - .now)) { [transfer] in
            await cloudNotes.value
            await notes.value
            if isClosed { await self.reportLeftovers(outbox) }
            await cloud?.stop()
            await transfer.shutdown()
        }
        return end
    }

    /// Runs the engine until it ends, or until one and a half seconds after this task was cancelled: a call to libvirt that
    /// hangs is left behind then. Another agent that has the state directory, as `refusals` tells, ends it too. When the end
    /// began.
    private func polled(
        by engine: PollingEngine, unless refusals: AsyncStream<String>
    ) async -> (End, told: ContinuousClock.Instant) {
        let told = Moment()
        let polling = Task { await engine.run() }
        let (ends, continuation) = AsyncStream<PollingEngine.End>.makeStream()
        let relay = Task { continuation.yield(await polling.value) }
        let refusal = Task { for await reason in refusals { continuation.yield(.exhausted(reason)) } }
        // In a task of its own, as one that was cancelled cannot wait.
        let waiting = Task {
            for await end in ends { return end }
            return PollingEngine.End.cancelled
        }
        let end = await withTaskCancellationHandler {
            await waiting.value
        } onCancel: {
            told.set(.now)
            polling.cancel()
            Task {
                try await TaskThread.agent.sleep(for: .milliseconds(1500))
                continuation.yield(.cancelled)
            }
        }
        relay.cancel()
        refusal.cancel()
        polling.cancel()
        let moment = told.value ?? .now
        switch end {
        case .cancelled: return (.stopped, moment)
        case .ended: return (.ended, moment)
        case .exhausted(let reason): return (.mustRestart(reason), moment)
        }
    }

    /// Blocks.
    private nonisolated func makePublishers() throws -> (SinkRouter, [any Publisher]) {
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

    /// Logs what waits at the end. Only the disk keeps it for the next start.
    private func reportLeftovers(_ outbox: Outbox) async {
        for queue in await outbox.leftovers() {
            if queue.kept > 0 {
                logger.notice(
                    "payloads are kept for the next start",
                    metadata: [
                        "publisher": "\(queue.identity)", "payloads": "\(queue.kept)",
                        "samples": "\(queue.keptSamples)",
                    ])
            }
            if queue.lost > 0 {
                let reason =
                    queue.isDurable
                    ? ", unless the disk still takes them; check the disk of [aerostat] state_path"
                    : ": this publisher's queue is in memory alone"
                logger.error(
                    "payloads are lost with the end of this agent\(reason)",
                    metadata: [
                        "publisher": "\(queue.identity)", "payloads": "\(queue.lost)",
                        "samples": "\(queue.lostSamples)",
                    ])
            }
        }
    }
}

/// A moment that a handler of cancellation notes.
private final class Moment: Sendable {
    private let moment = Mutex<ContinuousClock.Instant?>(nil)

    var value: ContinuousClock.Instant? { moment.withLock { $0 } }

    func set(_ new: ContinuousClock.Instant) { moment.withLock { $0 = new } }
}
