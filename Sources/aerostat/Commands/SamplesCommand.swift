import Agent
import ArgumentParser
import Compute
import Configuration
import Hypervisor
import Logging
import Pipeline
import Synchronization
import Telemetry
import Transfer

/// `aerostat samples`
struct SamplesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "samples",
        abstract: "Poll once or more, and print the samples.",
        discussion: """
            Polls what polling.yaml selects and prints the samples that pipeline.yaml takes, with what its transformers \
            make of them (a rate takes two polls: --cycles 2), each sample once. Nothing is published. \
            Nova and Keystone are asked as by the agent, for up to 15 seconds a poll; of a recording they are not. \
            Without the two files every meter is polled. A table shows as well which meters an instance does not have, \
            and why; the other formats say so on standard error.

            EXAMPLES
              aerostat samples
              aerostat samples --meter 'memory.*' --instance web-1
              aerostat samples --replay recording.json --cycles 3 --format jsonl
            """)

    @OptionGroup var configuration: ConfigurationOptions

    @Option(help: ArgumentHelp("Poll this recording in place of libvirt.", valueName: "file"))
    var replay: String?

    @Option(help: ArgumentHelp("How many polls.", valueName: "count"))
    var cycles = 1

    @Option(
        help: ArgumentHelp("Seconds between polls of libvirt; a recording is not waited for.", valueName: "seconds"))
    var interval = 5.0

    @Option(help: "How to print: table, jsonl or json. A table on a terminal, else jsonl.")
    var format: SampleFormat?

    @Option(
        name: .customLong("meter"),
        help: ArgumentHelp(
            "Print only meters that match this pattern. May be given several times.", valueName: "pattern"))
    var meters: [String] = []

    @Option(
        name: .customLong("instance"),
        help: ArgumentHelp("Print only instances of this UUID or name. May be given several times.", valueName: "id"))
    var instances: [String] = []

    func validate() throws {
        guard cycles >= 1 else { throw ValidationError("--cycles is \(cycles), expected at least 1") }
        guard interval >= 0, interval <= 86_400 else {
            throw ValidationError("--interval is \(interval), expected 0 to 86400 seconds")
        }
        guard !meters.contains("") else { throw ValidationError("--meter is empty, expected a name or pattern") }
    }

    func run() async throws {
        let recording: Recording? = if let replay { try await Hypervisors.recording(replay) } else { nil }
        let loaded = try await configuration.load(host: recording?.host, needsPipelines: false)
        let hypervisor: any Hypervisor =
            if let recording { RecordedHypervisor(recording) { WallClock.now } } else {
                Hypervisors.libvirt(loaded.settings, logger: .quiet)
            }
        do {
            try await show(hypervisor, loaded, isRecorded: recording != nil)
        } catch {
            await hypervisor.close()
            throw error
        }
        await hypervisor.close()
    }

    /// Polls and shows what came of it.
    private func show(_ hypervisor: any Hypervisor, _ loaded: AgentConfiguration, isRecorded: Bool) async throws {
        let filter = MeterFilter(meters.isEmpty ? ["*"] : meters)
        // What Nova says today is nothing to a recording, whose host is another one at another time.
        let rules = isRecorded ? loaded.rules.withoutCloud : loaded.rules
        let pipelines = loaded.pipelines.pipelines
        // A transformer may make a wanted meter of others.
        let isTransforming = pipelines.contains { !$0.transformers.isEmpty }
        var router = SampleRouter(pipelines, longestInterval: loaded.tasks.map(\.interval).max() ?? 0)
        let origin = ContinuousClock.now
        var selection = MeterSelection(
            meters: loaded.tasks.flatMap(\.meters).reduce(into: []) { names, name in
                if !names.contains(name), isTransforming || filter.matches(name) { names.append(name) }
            }, rules: rules)
        var poller = Poller(rules)
        let transfer = Transfer()
        // Each once, however many instances it concerns.
        let told = Told()
        let cloud =
            !isRecorded
            ? loaded.keystoneSession(transfer: transfer, version: version).map { session in
                CloudDirectory(loaded, session: session) { condition in
                    guard let problem = condition.problem, told.isNew(condition.topic) else { return }
                    StandardError.write("\(condition.topic): \(problem)\n")
                }
            } : nil
        var knowledge = CloudKnowledge()
        let format = format ?? (StandardOutput.isTerminal ? .table : .jsonl)
        for number in 0..<cycles {
            if number > 0, !isRecorded { try await Task.sleep(for: .seconds(interval)) }
            let began = ContinuousClock.now
            let reading: Reading
            do {
                reading = try await hypervisor.read(selection.groups)
            } catch  where error.code == .ended {
                StandardError.write("aerostat: \(error)\n")
                break
            } catch {
                throw Failure(code: ExitStatus.failed, message: error.description)
            }
            if let cloud {
                let needs = poller.needs(of: reading, knowing: knowledge)
                knowledge = await cloud.knowledge(needs, within: Self.patience, waitingForNames: true)
            }
            let monotonicTime = isRecorded ? nil : began - origin
            let cycle = poller.poll(reading, &selection, knowing: knowledge, monotonicTime: monotonicTime)
            for news in cycle.news {
                StandardError.write("\(news.uuid) (\(news.name)) yields no samples: \(news.problem)\n")
            }
            let reports = cycle.instances.filter(isWanted).map { $0.missing(only: filter.matches) }
            let wanted = Set(reports.map(\.uuid))
            let output = router.route(
                cycle.samples, now: reading.at, monotonicTime: monotonicTime)
            for warning in output.warnings { StandardError.write("\(warning)\n") }
            let samples = Self.once(cycle.samples, output).filter { sample in
                guard filter.matches(sample.meter.name) else { return false }
                guard !instances.isEmpty else { return true }
                guard case .string(let uuid)? = sample.resource.metadata["instance_id"] else { return false }
                return wanted.contains(uuid)
            }
            try StandardOutput.write(format.render(samples, reports))
            if format != .table { tellMissing(reports) }
        }
        await cloud?.stop()
        await transfer.shutdown()
    }

    /// The conditions of the cloud that were told.
    private final class Told: Sendable {
        private let topics = Mutex<Set<String>>([])

        func isNew(_ topic: String) -> Bool { topics.withLock { $0.insert(topic).inserted } }
    }

    /// How long Nova and Keystone are waited for: somebody wants to see all that there is.
    private static let patience = Duration.seconds(15)

    /// What the publishers of any pipeline would get, each once: what was polled in its order, then what is new.
    private static func once(_ polled: [Sample], _ output: SampleRouter.Output) -> [Sample] {
        let routed = output.routed.flatMap(\.samples)
        let ids = Set(routed.map(\.id))
        var seen = Set(polled.map(\.id))
        return polled.filter { ids.contains($0.id) } + routed.filter { seen.insert($0.id).inserted }
    }

    private func isWanted(_ report: InstanceReport) -> Bool {
        instances.isEmpty || instances.contains(report.uuid) || report.displayName.map(instances.contains) ?? false
    }

    private func tellMissing(_ reports: [InstanceReport]) {
        for report in reports {
            for missing in report.missing {
                let device = missing.device.map { " of \($0)" } ?? ""
                StandardError.write("\(report.uuid): no \(missing.meter)\(device): \(missing.reason)\n")
            }
        }
    }
}
