import Compute
import Hypervisor
import Logging
import Outbox
import Pipeline
import Telemetry
import Threads

/// Polls on schedule: reads the hypervisor, makes samples, and hands them over to the outbox.
///
/// One cycle at a time, of all tasks that are due: two bulk calls at once would find each other's guests busy, and with
/// NOWAIT a busy guest has no statistics.
actor PollingEngine {
    private let hypervisor: any Hypervisor
    private var sinks: SinkRouter
    private let outbox: Outbox
    private let board: StatusBoard
    private let logger: Logger
    private let clock = ContinuousClock()
    private let origin: ContinuousClock.Instant

    private let cloud: CloudDirectory?
    private let departures: DepartureWatch?
    private var knowledge: CloudKnowledge?
    private var poller: Poller
    private var tasks: [Task]
    private var cycles = 0

    /// A polling task with its place in time.
    private struct Task {
        let interval: Int
        var selection: MeterSelection
        var schedule: Schedule
        var due: Duration = .zero
    }

    init(
        plan: [PollingTask], rules: SampleRules, hypervisor: any Hypervisor, cloud: CloudDirectory?,
        departures: DepartureWatch?, sinks: SinkRouter, outbox: Outbox, board: StatusBoard, logger: Logger
    ) {
        origin = clock.now
        self.hypervisor = hypervisor
        self.cloud = cloud
        self.departures = departures
        self.sinks = sinks
        self.outbox = outbox
        self.board = board
        self.logger = logger
        poller = Poller(rules)
        let start = WallClock.now
        tasks = plan.map {
            Task(
                interval: $0.interval, selection: MeterSelection(meters: $0.meters, rules: rules),
                schedule: Schedule(interval: $0.interval, host: rules.host.host, startedAt: start))
        }
    }

    /// Why polling ended.
    enum End: Sendable {
        /// The task was cancelled.
        case cancelled
        /// A recording has no more cycles.
        case ended
        /// The hypervisor can be risked no more; the process must be restarted.
        case exhausted(String)
    }

    /// Polls until the task is cancelled. A cycle that is under way is finished and handed over.
    func run() async -> End {
        let start = clock.now
        while !_Concurrency.Task.isCancelled {
            guard let due = tasks.map(\.due).min() else {
                // Nothing to poll, as Ceilometer idles with sources that match nothing.
                await waitForCancellation()
                break
            }
            do {
                try await TaskThread.agent.sleep(until: start + due)
            } catch {
                break
            }
            let indexes = tasks.indices.filter { tasks[$0].due <= due }
            if let end = await cycle(indexes) { return end }
            let finished = clock.now - start
            var missed = 0
            for index in indexes {
                let next = tasks[index].schedule.next(after: finished)
                tasks[index].due = next.due
                missed += next.missed
            }
            await board.missed(missed)
        }
        return .cancelled
    }

    private func waitForCancellation() async {
        while !_Concurrency.Task.isCancelled {
            do { try await TaskThread.agent.sleep(for: .seconds(86_400)) } catch { return }
        }
    }

    /// What follows upon the second cycle, the first that knows an earlier one, is still new.
    private var isStarting: Bool { cycles < 3 }

    private func cycle(_ indexes: [Int]) async -> End? {
        // Of the last cycle, if nobody has taken what came of it.
        SpareMemory.giveBack()
        let began = clock.now
        let groups = indexes.reduce(into: StatisticsGroups()) { $0.formUnion(tasks[$1].selection.groups) }
        let reading: Reading
        do {
            reading = try await hypervisor.read(groups)
        } catch {
            switch error.code {
            case .ended: return .ended
            case .exhausted:
                await board.failed(error.description)
                return .exhausted(error.description)
            default:
                // Who was told to end may have had the hypervisor closed.
                if !_Concurrency.Task.isCancelled { await board.failed(error.description) }
                return nil
            }
        }
        if let cloud {
            let needs = poller.needs(of: reading, knowing: knowledge ?? CloudKnowledge())
            knowledge = await cloud.knowledge(
                needs, within: knowledge == nil ? CloudDirectory.firstPatience : CloudDirectory.patience)
        }
        var samples = 0
        var found: Set<String> = []
        var occupied = Dictionary(
            reading.domains.filter { $0.occupation?.isNotable == true }.map {
                ($0.domain.uuid, InstanceName(displayName: nil, libvirtName: $0.domain.name, uuid: $0.domain.uuid))
            }, uniquingKeysWith: { first, _ in first })
        for index in indexes {
            let cycle = poller.poll(
                reading, &tasks[index].selection, knowing: knowledge ?? CloudKnowledge(), monotonicTime: began - origin)
            for news in cycle.news {
                logger.warning(
                    "a domain yields no samples: \(news.problem)",
                    metadata: ["domain": "\(news.instanceName)"])
            }
            for instance in cycle.instances where occupied[instance.uuid] != nil {
                occupied[instance.uuid] = instance.name
            }
            samples += cycle.samples.count
            if departures != nil { found.formUnion(cycle.instances.map(\.uuid)) }
            let output = sinks.payloads(for: cycle.samples, now: reading.at, monotonicTime: began - origin)
            for warning in output.warnings { logger.warning("\(warning)") }
            SpareMemory.note(samples: cycle.samples.count, isStarting: isStarting)
            await outbox.handOver(output.payloads)
            await board.polled(task: index, cycle)
        }
        await departures?.see(
            instances: found, domains: Set(reading.domains.map(\.domain.uuid)), at: reading.at)
        let duration = clock.now - began
        await board.cycle(
            StatusReport.LastCycle(
                at: reading.at, duration: duration / .seconds(1), domains: reading.domains.count, samples: samples,
                libvirtCalls: reading.calls, libvirtCallsLeftBehind: reading.callsLeftBehind))
        await board.occupied(
            reading.domains.compactMap { domain in
                domain.occupation.flatMap { occupation in
                    occupied[domain.domain.uuid].map { ($0, occupation) }
                }
            })
        // What rare work needed, a status page or an outage, is given up again by and by; a poll that has to map its own
        // code anew takes half a millisecond more.
        if isStarting || cycles.isMultiple(of: 60) { StartUpCode.forget() }
        cycles += 1
        logger.debug(
            "polled",
            metadata: [
                "domains": "\(reading.domains.count)", "samples": "\(samples)", "libvirt_calls": "\(reading.calls)",
                "ms": "\(Int(duration / .milliseconds(1)))",
            ])
        return nil
    }
}
