import Agent
import ArgumentParser
import Configuration
import Hypervisor
import Logging
import Pipeline
import Publishers
import Threads
import UnixSignals

/// `aerostat run`
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Poll on schedule and deliver, until told to stop.",
        discussion: """
            The first poll is made at once, then at a fixed rate whose phase differs from host to host (aerostat check \
            shows it). One line an event is logged on standard error. Samples wait under [aerostat] state_path until \
            their receiver has taken them.

            SIGNALS
              TERM, INT  end within five seconds; what was collected is handed over or kept on disk
              HUP        read the configuration anew; if it has errors, go on with the old one

            EXIT STATUS
              0   told to stop
              1   it failed: the state directory or the status address cannot be used, or so many calls to libvirt \
            hang that only a restart helps
              78  the configuration cannot be used
            """)

    @OptionGroup var configuration: ConfigurationOptions

    @Option(
        help: ArgumentHelp(
            "Poll this recording in place of libvirt, over and over, moved to the present.", valueName: "file"))
    var replay: String?

    /// What the command waits for.
    private enum Event: Sendable {
        case signal(UnixSignal)
        case ended(Result<Agent.End, any Error>)
    }

    func run() async throws {
        let recording: Recording? = if let replay { try await Hypervisors.recording(replay) } else { nil }
        var current = try await configuration.load(host: recording?.host)
        let logger = Logging.start(level: current.settings.logLevel)
        let (events, continuation) = AsyncStream<Event>.makeStream()
        let signals = await UnixSignalsSequence(trapping: [.sigterm, .sigint, .sighup])
        let watcher = Task { for await signal in signals { continuation.yield(.signal(signal)) } }
        defer { watcher.cancel() }

        let endpoint = StatusEndpoint(logger: logger)
        var hypervisor = hypervisor(current, recording, logger)
        var agent = start(current, hypervisor, endpoint, logger, continuation)
        /// The configuration to go back to if a new one does not start.
        var previous: AgentConfiguration?
        for await event in events {
            switch event {
            case .signal(.sighup):
                guard let new = await reload(host: recording?.host, logger) else { continue }
                agent.cancel()
                _ = await agent.result
                logger.notice("starting with the new configuration")
                if recording == nil {
                    await hypervisor.close()
                    hypervisor = self.hypervisor(new, nil, logger)
                }
                Logging.setLevel(new.settings.logLevel)
                previous = current
                current = new
                agent = start(new, hypervisor, endpoint, logger, continuation)
            case .signal(let signal):
                logger.notice("stopping", metadata: ["signal": "\(signal)"])
                agent.cancel()
                _ = await agent.result
                await hypervisor.close()
                await endpoint.close()
                logger.notice("stopped")
                return
            case .ended(.success(.stopped)): continue
            case .ended(.success(.ended)): return
            case .ended(.success(.mustRestart(let reason))):
                await hypervisor.close()
                throw Failure(code: ExitStatus.failed, message: "ending to be restarted: \(reason)")
            case .ended(.failure(let error)):
                guard let old = previous else {
                    await hypervisor.close()
                    throw Failure(code: ExitStatus.failed, message: "\(error)")
                }
                logger.error("the new configuration does not start, going on with the old one: \(error)")
                previous = nil
                current = old
                Logging.setLevel(old.settings.logLevel)
                if recording == nil {
                    await hypervisor.close()
                    hypervisor = self.hypervisor(old, nil, logger)
                }
                agent = start(old, hypervisor, endpoint, logger, continuation)
            }
        }
    }

    private func hypervisor(
        _ configuration: AgentConfiguration, _ recording: Recording?, _ logger: Logger
    ) -> any Hypervisor {
        if let recording { return RecordedHypervisor(recording, repeats: true) { WallClock.now } }
        return Hypervisors.libvirt(configuration.settings, logger: logger)
    }

    private func start(
        _ configuration: AgentConfiguration, _ hypervisor: any Hypervisor, _ endpoint: StatusEndpoint, _ logger: Logger,
        _ events: AsyncStream<Event>.Continuation
    ) -> Task<Void, Never> {
        logger.notice(
            "starting",
            metadata: [
                "version": "\(version)", "host": "\(configuration.settings.host)",
                "libvirt":
                    "\(replay.map { "recording \($0)" } ?? PublisherFactory.redacted(configuration.settings.libvirtURI.value))",
                "intervals": "\(configuration.tasks.map { "\($0.interval)" }.joined(separator: ","))",
                "pipelines": "\(configuration.pipelines.pipelines.map(\.name).joined(separator: ","))",
            ])
        let agent = Agent(
            configuration, hypervisor: hypervisor, endpoint: endpoint, version: version, logger: logger)
        return Task {
            do {
                events.yield(.ended(.success(try await agent.run())))
            } catch {
                events.yield(.ended(.failure(error)))
            }
        }
    }

    /// The new configuration, if it can be used.
    private func reload(host: String?, _ logger: Logger) async -> AgentConfiguration? {
        let request = configuration.request(host: host)
        let loaded = await offPool { AgentConfiguration.load(request) }
        for diagnostic in loaded.diagnostics.all {
            logger.log(level: diagnostic.severity == .error ? .error : .warning, "\(diagnostic)")
        }
        if loaded.configuration == nil {
            logger.error("the new configuration cannot be used; going on with the old one")
        }
        return loaded.configuration
    }
}
