import Agent
import ArgumentParser
import Configuration
import Glibc
import Hypervisor
import Logging
import Outbox
import Pipeline
import Publishers
import Telemetry
import Threads

/// `aerostat run`
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Poll on schedule and deliver, until told to stop.",
        discussion: """
            The first poll is made at once, then at a fixed rate whose phase differs from host to host (aerostat check \
            shows it). One line an event is logged on standard error; under systemd with its priority in place of the \
            time. Samples wait under [aerostat] state_path until their receiver has taken them.

            SIGNALS
              TERM, INT  end within five seconds; samples are delivered or kept on disk
              HUP        read the configuration anew; if it has errors, keep the old one

            The log, /status and /health tell what became of a reload.

            EXIT STATUS
              0   told to stop
              1   it failed: the state directory or the status address cannot be used,
                  or eight calls to libvirt have not returned, so that only a restart helps
              78  the configuration cannot be used
            """)

    @OptionGroup var configuration: ConfigurationOptions

    @Option(
        help: ArgumentHelp(
            "Poll this recording in place of libvirt, over and over, moved to the present.", valueName: "file"))
    var replay: String?

    func run() async throws {
        try await RunLoop(configuration, replay: replay).run()
    }
}

/// The signals of `aerostat run`, from the first moment of the process on.
enum RunSignals {
    static let all = [SIGTERM, SIGINT, SIGHUP]

    /// How long the process may take to end; then it is ended by force, so that no supervisor has to.
    private static let patience = Duration.milliseconds(4800)

    private static let channel = AsyncStream<CInt>.makeStream()

    /// What has come, and will.
    static var received: AsyncStream<CInt> { channel.stream }

    /// Begins to receive them. To be called once, while they are held back.
    static func begin() {
        ProcessSignals.watch(
            all, ending: [SIGTERM, SIGINT], within: patience,
            received: { _ = channel.continuation.yield($0) },
            overdue: {
                Logging.started?.error("the agent has not ended in time, so the process ends; samples on disk are kept")
                LogOutput.standardError.flushBlocking(within: .milliseconds(100))
                _exit(0)
            })
    }
}

/// Does what `Lifecycle` decides.
private final class RunLoop {
    private typealias Life = Lifecycle<Loaded>

    /// A configuration, and where it comes from.
    private struct Loaded: Sendable {
        let configuration: AgentConfiguration
        let report: ConfigurationReport
        let replay: Replay?
    }

    private enum Event: Sendable {
        case signal(CInt)
        case life(Life.Event)
        /// What came of a load.
        case loaded(Int, Result<Loaded, LoadFailure>)
    }

    /// Why there is no configuration.
    private struct LoadFailure: Error {
        let errors: [String]
        let failure: Failure
    }

    /// What a process replays, read once.
    private struct Replay: Sendable {
        let host: String?
        let hypervisor: RecordedHypervisor

        init(_ recording: Recording) {
            host = recording.host
            hypervisor = RecordedHypervisor(recording, repeats: true) { WallClock.now }
        }
    }

    private let options: ConfigurationOptions
    private let replay: String?
    private let logger = Logging.start()
    private let endpoint: StatusEndpoint
    private let events: AsyncStream<Event>
    private let tell: AsyncStream<Event>.Continuation

    private var replayed: Replay?
    private var agent: (generation: Int, agent: Agent, task: Task<Void, Never>)?
    /// What the agent runs on.
    private var current: Loaded?
    private var lastReload: ConfigurationReport.Reload?
    /// The configuration that was told of last.
    private var told: AgentConfiguration?
    private var loadFailure: LoadFailure?
    private var isEnding = false

    /// How long the files of a reload may take to be read; the start waits for a disk however long it takes.
    private static let loadPatience = Duration.seconds(30)
    /// How long an agent may take to end before it is left behind, at the end of the process and in a reload.
    private static let endPatience = (process: Duration.milliseconds(4600), reload: Duration.seconds(8))

    init(_ options: ConfigurationOptions, replay: String?) {
        self.options = options
        self.replay = replay
        endpoint = StatusEndpoint(logger: logger)
        (events, tell) = AsyncStream<Event>.makeStream()
    }

    func run() async throws {
        let watcher = Task { [tell] in for await number in RunSignals.received { tell.yield(.signal(number)) } }
        defer { watcher.cancel() }
        var life = Life()
        for action in life.begin() { await perform(action) }
        for await event in events {
            for action in await handled(event, by: &life) {
                if case .end(let ending) = action { return try await end(ending) }
                await perform(action)
            }
        }
    }

    private func handled(_ event: Event, by life: inout Life) async -> [Life.Action] {
        switch event {
        case .signal(SIGHUP):
            logger.notice("reloading", metadata: ["signal": "HUP"])
            return life.handle(.reload)
        case .signal(let number):
            isEnding = true
            logger.notice("stopping", metadata: ["signal": number == SIGINT ? "INT" : "TERM"])
            return life.handle(.stop)
        case .life(let event):
            return life.handle(event)
        case .loaded(let load, .success(let loaded)):
            replayed = loaded.replay
            return life.handle(.loaded(load: load, loaded))
        case .loaded(let load, .failure(let failure)):
            loadFailure = failure
            return life.handle(.loaded(load: load, nil))
        }
    }

    private func perform(_ action: Life.Action) async {
        switch action {
        case .load(let number): load(number)
        case .start(let loaded, let generation): start(loaded, generation)
        case .stop(let generation): stop(generation)
        case .reloaded(let loaded, let isNewest): await reloaded(loaded.configuration, isNewest)
        case .refused:
            logger.error("the new configuration cannot be used; going on with the old one")
            await note(ConfigurationReport.Reload(at: WallClock.now, errors: loadFailure?.errors ?? []))
        case .revert(let reason):
            logger.error("the new configuration does not start, going on with the old one: \(reason)")
            await note(ConfigurationReport.Reload(at: WallClock.now, errors: [reason]))
        case .end: break
        }
    }

    private func end(_ ending: Life.Ending) async throws {
        await endpoint.close()
        switch ending {
        case .stopped: logger.notice("stopped")
        case .finished: break
        case .unusable:
            throw loadFailure?.failure ?? Failure(code: ExitStatus.configuration, message: "there is no configuration")
        case .failed(let reason): throw Failure(code: ExitStatus.failed, message: reason)
        case .mustRestart(let reason):
            throw Failure(code: ExitStatus.failed, message: "ending to be restarted: \(reason)")
        }
    }
}

extension RunLoop {
    /// Begins to read the configuration, on a thread of its own: its files may be on a dead mount, and the user's home in a
    /// directory service.
    private func load(_ number: Int) {
        let tell = tell
        let options = options
        let path = replay
        let source = replayed
        let logger = logger
        Task {
            let result = await RunLoop.read(options, path, source, isReload: number > 1, logger)
            tell.yield(.loaded(number, result))
        }
        guard number > 1 else { return }
        _ = TaskThread.agent.after(Self.loadPatience) {
            let message =
                "the configuration's files were not read within \(Self.loadPatience.components.seconds) s; check "
                + "the disk that they are on"
            let failure = Failure(code: ExitStatus.configuration, message: message)
            _ = tell.yield(.loaded(number, .failure(LoadFailure(errors: [message], failure: failure))))
        }
    }

    private static func read(
        _ options: ConfigurationOptions, _ path: String?, _ replayed: Replay?, isReload: Bool, _ logger: Logger
    ) async -> Result<Loaded, LoadFailure> {
        do {
            var source = replayed
            if let path, source == nil { source = Replay(try await Hypervisors.recording(path)) }
            let host = source?.host
            let (loaded, report) = await offPool {
                let loaded = AgentConfiguration.load(options.request(host: host))
                return (loaded, loaded.configuration.map { ConfigurationReport($0, loadedAt: WallClock.now) })
            }
            log(loaded.diagnostics, isReload: isReload, logger)
            guard let configuration = loaded.configuration, let report else {
                let errors = loaded.diagnostics.all.filter { $0.severity == .error }
                let count = "\(errors.count) error\(errors.count == 1 ? "" : "s")"
                let failure = Failure(
                    code: ExitStatus.configuration, message: "the configuration cannot be used (\(count))")
                return .failure(LoadFailure(errors: errors.map(\.line), failure: failure))
            }
            // Another agent in its place could not start, and what waits in the memory of this one would be lost.
            if isReload {
                let directory = configuration.settings.statePath.value
                try await offPool { () throws(OutboxError) in try Outbox.requireUsable(directory: directory) }
            }
            return .success(Loaded(configuration: configuration, report: report, replay: source))
        } catch {
            let failure = error as? Failure ?? Failure(code: ExitStatus.failed, message: "\(error)")
            if isReload { logger.error("\(failure.message)") }
            return .failure(LoadFailure(errors: [failure.message], failure: failure))
        }
    }

    /// At the start a person may be reading: in the form that editors and `aerostat check` know.
    private static func log(_ diagnostics: Diagnostics, isReload: Bool, _ logger: Logger) {
        for diagnostic in diagnostics.all {
            let level: Logger.Level = diagnostic.severity == .error ? .error : .warning
            if isReload {
                logger.log(level: level, "\(diagnostic.line)")
            } else {
                Logging.write("\(diagnostic)", level)
            }
        }
    }
}

extension RunLoop {
    private func start(_ loaded: Loaded, _ generation: Int) {
        let configuration = loaded.configuration
        Logging.setLevel(configuration.settings.logLevel)
        current = loaded
        var report = loaded.report
        report.lastReload = lastReload
        if generation == 1 {
            told = configuration
            logger.notice(
                "starting",
                metadata: [
                    "version": "\(version)", "host": "\(configuration.settings.host)",
                    "libvirt":
                        "\(replay.map { "recording \($0)" } ?? PublisherFactory.redacted(configuration.settings.libvirtURI.value))",
                    "intervals": "\(configuration.tasks.map { "\($0.interval)" }.joined(separator: ","))",
                    "pipelines": "\(configuration.pipelines.pipelines.map(\.name).joined(separator: ","))",
                ])
        }
        let hypervisor = hypervisor(configuration)
        let agent = Agent(
            configuration, report: report, hypervisor: hypervisor, endpoint: endpoint, version: version, logger: logger)
        let tell = tell
        let task = Task {
            let end: Life.AgentEnd
            do {
                switch try await agent.run(started: { tell.yield(.life(.started(generation: generation))) }) {
                case .stopped: end = .stopped
                case .ended: end = .finished
                case .mustRestart(let reason): end = .mustRestart(reason)
                }
            } catch {
                end = .failed("\(error)")
            }
            await hypervisor.close()
            tell.yield(.life(.ended(generation: generation, end)))
        }
        self.agent = (generation, agent, task)
    }

    private func hypervisor(_ configuration: AgentConfiguration) -> any Hypervisor {
        replayed?.hypervisor ?? Hypervisors.libvirt(configuration.settings, logger: logger)
    }

    private func stop(_ generation: Int) {
        guard let agent, agent.generation == generation else { return }
        agent.task.cancel()
        // What hangs before polling has begun, as a disk, does not notice.
        let tell = tell
        _ = TaskThread.agent.after(isEnding ? Self.endPatience.process : Self.endPatience.reload) {
            _ = tell.yield(.life(.ended(generation: generation, .stopped)))
        }
    }

    private func reloaded(_ configuration: AgentConfiguration, _ isNewest: Bool) async {
        let changes = told.map { configuration.changes(since: $0) } ?? [:]
        told = configuration
        if isNewest {
            logger.notice(
                changes.isEmpty ? "reloaded; no option, meter or publisher has changed" : "reloaded",
                metadata: changes.mapValues { "\($0)" })
            await note(ConfigurationReport.Reload(at: WallClock.now))
        } else {
            logger.notice(
                "running on a configuration that was read before the last reload",
                metadata: changes.mapValues { "\($0)" })
        }
    }

    /// Has the agent that runs, and the next, show what became of the last reload.
    private func note(_ reload: ConfigurationReport.Reload) async {
        lastReload = reload
        guard let agent, var report = current?.report else { return }
        report.lastReload = reload
        await agent.agent.note(report)
    }
}

extension Diagnostic {
    /// For a line that tells the severity itself.
    fileprivate var line: String { location.map { "\($0): \(message)" } ?? message }
}
