import Agent
import ArgumentParser
import Compute
import Configuration
import Outbox
import Pipeline
import Publishers
import Telemetry
import Threads

/// `aerostat check`
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check every configuration file, and print what they come to.",
        discussion: """
            Reads ceilometer.conf, polling.yaml and pipeline.yaml as the agent would, without connecting to anything. \
            Everything wrong is told at once (of the two YAML files, once ceilometer.conf has no error), on standard \
            error, as FILE:LINE:COLUMN: what is wrong, \
            what was expected. The effective sources, meters and pipelines are printed on standard output, with what waits on \
            disk, also of publishers that pipeline.yaml has no more.

            With --online it then asks libvirt, and Keystone, Nova and Gnocchi where the configuration names them, and \
            changes nothing there: whether they answer, who we are, what is missing, how late Gnocchi takes points, and \
            whether disks and NICs of this host were created by another user than ours, and would be doubled.

            EXIT STATUS
              0   the agent would start (there may be warnings)
              1   with --online: something does not answer, or is not as the agent needs it
              78  it would not
            """)

    @OptionGroup var configuration: ConfigurationOptions

    @Flag(help: "Ask libvirt, Keystone, Nova and Gnocchi, too.")
    var online = false

    func run() async throws {
        let loaded = try await configuration.load()
        try StandardOutput.write(Array((Self.summary(loaded) + (await Self.outbox(loaded))).utf8))
        if online { try await Self.ask(loaded) }
    }

    /// What answers, and how. Throws a failure if something does not.
    private static func ask(_ loaded: AgentConfiguration) async throws {
        let inspection = OnlineInspection(
            loaded, hypervisor: Hypervisors.libvirt(loaded.settings, logger: .quiet), version: version)
        var isGood = true
        try StandardOutput.write(Array("online:\n".utf8))
        try await inspection.run { section in
            var lines = ["  \(section.name)"]
            for finding in section.findings {
                let mark =
                    switch finding.severity {
                    case .good: ""
                    case .warning: "warning: "
                    case .failure: "error: "
                    }
                lines.append("    \(mark)\(finding.text)")
                if finding.severity == .failure { isGood = false }
            }
            try StandardOutput.write(Array((lines.joined(separator: "\n") + "\n").utf8))
        }
        guard isGood else {
            throw Failure(code: ExitStatus.failed, message: "not everything answers as the agent needs it")
        }
    }

    /// What waits on disk. That it cannot be read is no error of the configuration.
    private static func outbox(_ configuration: AgentConfiguration) async -> String {
        let directory = configuration.settings.statePath.value
        do {
            let found = await offPool { Result { () throws(OutboxError) in try StoredOutbox(directory: directory) } }
            guard let outbox = try found.get() else { return "outbox: none yet\n" }
            let queues = try await outbox.queues()
            try outbox.close()
            let configured = configuration.queues
            let lines = queues.map { queue in
                let leaver = configured.contains(queue.identity) ? "" : ", and pipeline.yaml has no such publisher"
                return "  \(queue.identity): \(queue.samples) samples wait, \(queue.quarantinedSamples) were put aside"
                    + leaver
            }
            return (["outbox:\(lines.isEmpty ? " empty" : "")"] + lines).joined(separator: "\n") + "\n"
        } catch {
            return "outbox: \(error)\n"
        }
    }

    private static func summary(_ configuration: AgentConfiguration) -> String {
        let settings = configuration.settings
        var lines = [
            "files:"
        ]
        lines += configuration.files.map { "  \($0)" }
        lines += [
            "host: \(settings.host)", "libvirt: \(PublisherFactory.redacted(settings.libvirtURI.value))",
            "state: \(settings.statePath.value)", "polling, by \(configuration.pollingOrigin.text):",
        ]
        for task in configuration.tasks {
            let phase = Double(Schedule.phase(interval: task.interval, host: settings.host)) / 1000
            lines.append("  every \(task.interval) s, \(phase) s after each multiple of it (UTC)")
            lines.append("    sources: \(task.sources.joined(separator: ", "))")
            lines.append("    meters: \(task.meters.joined(separator: ", "))")
        }
        lines.append("pipelines:")
        for pipeline in configuration.pipelines.pipelines {
            let taken = (MeterTable.names + MeterTable.namesOnRequest).filter { pipeline.meters.matches($0) }
            let polled = Set(configuration.tasks.flatMap(\.meters))
            lines.append("  \(pipeline.name)")
            lines.append("    meters: \(taken.filter { polled.contains($0) }.joined(separator: ", "))")
            if !pipeline.transformers.isEmpty {
                let meters = MeterTable.meters.filter { polled.contains($0.name) && pipeline.meters.matches($0.name) }
                let results = pipeline.transformers.meters(from: meters)
                lines.append("    transformers: \(pipeline.transformers.names.joined(separator: ", "))")
                lines.append("    which yield: \(Self.named(results))")
            }
            for publisher in pipeline.publishers {
                lines.append("    publisher: \(PublisherFactory.redacted(publisher.url))")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Each meter once, with its type and unit.
    private static func named(_ meters: [Meter]) -> String {
        var texts: [String] = []
        for meter in meters {
            let text = "\(meter.name) (\(meter.type.rawValue)\(meter.unit.isEmpty ? "" : ", \(meter.unit)"))"
            if !texts.contains(text) { texts.append(text) }
        }
        return texts.isEmpty ? "nothing" : texts.joined(separator: ", ")
    }
}

extension AgentConfiguration.PollingOrigin {
    fileprivate var text: String {
        switch self {
        case .pollingFile: "polling.yaml"
        case .pipelineFile: "pipeline.yaml, as there is no polling.yaml"
        case .nothing: "no file"
        }
    }
}
