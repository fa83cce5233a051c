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

            --instance takes a display name, libvirt's name, a UUID or at least four digits of its beginning, in any \
            case of letters, or a pattern such as 'web-*'. An instance or a meter that does not exist, or that \
            nothing polls, ends the command with status 1.

            EXAMPLES
              aerostat samples
              aerostat samples --meter 'memory.*' --instance web-1
              aerostat samples --instance instance-0000002a --format table
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
        help: ArgumentHelp(
            "Print only instances of this name, UUID or pattern. May be given several times.", valueName: "name"))
    var instances: [String] = []

    func validate() throws {
        guard cycles >= 1 else { throw ValidationError("--cycles is \(cycles), expected at least 1") }
        guard interval >= 0, interval <= 86_400 else {
            throw ValidationError("--interval is \(interval), expected 0 to 86400 seconds")
        }
        guard !meters.contains("") else { throw ValidationError("--meter is empty, expected a name or pattern") }
        guard !instances.contains("") else { throw ValidationError("--instance is empty, expected a name or UUID") }
    }

    func run() async throws {
        let recording: Recording? = if let replay { try await Hypervisors.recording(replay) } else { nil }
        let loaded = try await configuration.load(host: recording?.host, needsPipelines: false)
        let problems = meters.compactMap(loaded.problem)
        guard problems.isEmpty else {
            throw Failure(code: ExitStatus.failed, message: problems.joined(separator: "\naerostat: "))
        }
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
        let wanted = InstanceSelection(instances)
        // What no cycle had so far.
        var unmatched: [String: String] = [:]
        var played = PlayedTime()
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
            let found = wanted.resolve(
                among: cycle.instances.map(\.name) + cycle.unpolled.map(\.instanceName))
            unmatched = number == 0 ? found.unmatched : unmatched.filter { found.unmatched[$0.key] != nil }
            // A recording may have it later; a host is not watched for it.
            let failures = found.ambiguous + (isRecorded ? [] : unmatched.values.sorted())
            guard failures.isEmpty else {
                throw Failure(code: ExitStatus.failed, message: failures.joined(separator: "\naerostat: "))
            }
            func isWanted(_ uuid: String) -> Bool { wanted.isEmpty || found.uuids.contains(uuid) }
            for news in cycle.news where isWanted(news.uuid) {
                StandardError.write("\(news.instanceName) yields no samples: \(news.problem)".oneLine + "\n")
            }
            let reports = cycle.instances.filter { isWanted($0.uuid) }.map { $0.missing(only: filter.matches) }
            let output = router.route(
                cycle.samples, now: reading.at,
                monotonicTime: isRecorded ? played.time(of: reading.at) : monotonicTime)
            for warning in output.warnings { StandardError.write("\(warning)\n") }
            if number == 0 {
                tellUntaken(cycle.samples.map(\.meter.name).filter(filter.matches), pipelines)
            }
            let samples = Self.once(cycle.samples, output).filter { sample in
                guard filter.matches(sample.meter.name) else { return false }
                guard !wanted.isEmpty else { return true }
                return sample.instance(among: found.uuids) != nil
            }
            if !wanted.isEmpty, found.uuids.isEmpty { continue }
            try StandardOutput.write(format.render(samples, reports))
            if format != .table { tellMissing(reports) }
        }
        await cloud?.stop()
        await transfer.shutdown()
        guard unmatched.isEmpty else {
            let lines = unmatched.values.sorted().joined(separator: "\naerostat: ")
            throw Failure(code: ExitStatus.failed, message: lines)
        }
    }

    /// The time between a recording's cycles, for transformers. Their order is known, though the host's clock may have
    /// been set back between them.
    private struct PlayedTime {
        private var last: Timestamp?
        private var elapsed = Duration.zero

        mutating func time(of at: Timestamp) -> Duration {
            if let last, at > last { elapsed += .microseconds(at.microseconds - last.microseconds) }
            last = at
            return elapsed
        }
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

    /// Tells of polled meters that no pipeline takes: they are neither published nor printed.
    private func tellUntaken(_ polled: [String], _ pipelines: [Pipeline]) {
        let taken = Dictionary(
            uniqueKeysWithValues: Set(polled).map { name in (name, pipelines.contains { $0.meters.matches(name) }) })
        let untaken = polled.filter { taken[$0] == false }
        guard !untaken.isEmpty else { return }
        let names = Set(untaken).sorted().joined(separator: ", ")
        StandardError.write("\(untaken.count) samples go to no pipeline: no source of pipeline.yaml takes \(names)\n")
    }

    private func tellMissing(_ reports: [InstanceReport]) {
        for report in reports {
            for missing in report.missing {
                let device = missing.device.map { " of \($0)" } ?? ""
                StandardError.write(
                    "\(report.name): no \(missing.meter)\(device): \(report.explanation(of: missing))".oneLine + "\n")
            }
        }
    }
}
