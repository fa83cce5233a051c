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
        abstract: "Validate the configuration and print the effective settings.",
        discussion: """
            Reads ceilometer.conf, polling.yaml and pipeline.yaml as the agent would, without connecting to anything. \
            Run it as the agent's user. \
            All errors and warnings are printed at once (of the two YAML files, once ceilometer.conf has no error), on \
            standard error, as FILE:LINE:COLUMN, the problem, and the remedy. The effective sources, meters and pipelines \
            are printed on standard output, with what waits on disk.

            Warnings include: meters that are polled and that no pipeline takes, pipelines that take nothing, names that \
            are probably misspelt, TLS files that are missing, passwords in files that every user of the host can read, and \
            queues whose publisher is no longer in pipeline.yaml.

            With --online it then tries what aerostat run needs: it writes and syncs a file in the state directory and \
            removes it, binds the address of the status page, looks for a compute agent of Ceilometer that still runs on \
            this host, and asks libvirt, each HTTP receiver, and Keystone, Nova and Gnocchi where the configuration names \
            them. It changes nothing there. It prints whether they answer, as which user, what is missing, how late Gnocchi \
            takes points, and whether disks and NICs of this host were created by another user, and would be doubled.

            EXIT STATUS
              0   the agent would start (there may be warnings)
              1   this user cannot use or read the state directory, or (with --online)
                  something does not answer, or is not as the agent needs it
              78  the configuration cannot be used
            """)

    @OptionGroup var configuration: ConfigurationOptions

    @Flag(help: "Also try the state directory, the status page's address, libvirt and every service.")
    var online = false

    func run() async throws {
        let loaded = try await configuration.load()
        let state = StateInspection(directory: loaded.settings.statePath.value)
        let (findings, owner) = await offPool { (state.findings(), state.otherOwner) }
        for finding in findings {
            let severity = finding.severity == .failure ? Diagnostic.Severity.error : .warning
            StandardError.write("\(Diagnostic(severity, at: loaded.settings.statePath.location, finding.text))\n")
        }
        let isUsable = !findings.contains { $0.severity == .failure }
        // A database that this user may not read is neither empty nor missing.
        let outbox = isUsable ? await Self.outbox(loaded) : "outbox: unknown, as the state directory cannot be used\n"
        try StandardOutput.write(Array((Self.summary(loaded, stateOwner: owner) + outbox).utf8))
        if online { try await Self.ask(loaded) }
        guard isUsable else {
            throw Failure(code: ExitStatus.failed, message: "the state directory cannot be used")
        }
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

    /// What waits on disk. That it cannot be read is no error of the configuration: the agent saves what it can.
    private static func outbox(_ configuration: AgentConfiguration) async -> String {
        let directory = configuration.settings.statePath.value
        do {
            let found = await offPool { Result { () throws(OutboxError) in try StoredOutbox(directory: directory) } }
            guard let outbox = try found.get() else { return "outbox: none yet\n" }
            let queues = try await outbox.queues()
            try outbox.close()
            for queue in queues where queue.payloads + queue.quarantined > 0 {
                guard let warning = leftBehind(queue, configuration.queues) else { continue }
                StandardError.write("\(Diagnostic(.warning, at: nil, warning))\n")
            }
            let lines = queues.map { queue in
                "  \(queue.identity): \(queue.samples) samples wait, \(queue.quarantinedSamples) were refused"
            }
            return (["outbox:\(lines.isEmpty ? " empty" : "")"] + lines).joined(separator: "\n") + "\n"
        } catch {
            StandardError.write("\(Diagnostic(.warning, at: nil, "outbox: \(error)"))\n")
            return "outbox: unknown, as it cannot be read\n"
        }
    }

    /// What to say of a queue whose publisher is no longer configured; `nil` if its publisher is.
    private static func leftBehind(_ queue: StoredOutbox.Queue, _ configured: Set<String>) -> String? {
        guard !configured.contains(queue.identity) else { return nil }
        let fitting = configured.filter { OutboxMoveCommand.form($0) == OutboxMoveCommand.form(queue.identity) }
        let target = fitting.count == 1 ? fitting.first ?? "" : "NEW-QUEUE"
        return
            "queue \(queue.identity) is of no publisher in pipeline.yaml: \(queue.payloads) payloads wait there, and "
            + "\(queue.quarantined) were refused; to send them elsewhere, run aerostat outbox move \(queue.identity) \(target)"
    }

    private static func summary(_ configuration: AgentConfiguration, stateOwner: String?) -> String {
        let settings = configuration.settings
        var lines = [
            "files:"
        ]
        lines += configuration.files.map { "  \($0)" }
        lines += [
            "host: \(settings.host)", "libvirt: \(PublisherFactory.redacted(settings.libvirtURI.value))",
            "state: \(settings.statePath.value)\(stateOwner.map { " (of user \($0))" } ?? "")",
            "polling, by \(configuration.pollingOrigin.text):",
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
            let meters = taken.filter { polled.contains($0) }.joined(separator: ", ")
            lines.append("    meters: \(meters.isEmpty ? "none" : meters)")
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
