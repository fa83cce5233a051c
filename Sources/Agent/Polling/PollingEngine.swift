import Compute
import Hypervisor
import Keystone
import Logging
import Outbox
import Pipeline
import Telemetry
import Threads

/// Polls on schedule: reads the hypervisor, makes samples, and hands them over to the outbox.
///
/// One cycle at a time, of all tasks that are due: two bulk calls at once would find each other's guests busy, and with
/// NOWAIT a busy guest has no statistics.
///
/// Nothing in a cycle is waited for without a limit: the hypervisor, the cloud and the outbox have limits of their own, the
/// roster of instances has one here. `PollWatch` sees a cycle that takes too long all the same.
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
    private let watch: PollWatch
    private var tasks: [ScheduledTask]
    private var cycles = 0
    /// Whether what the last cycle found has not been compared with the roster yet, as its disk hangs.
    private var isComparing = false

    /// A polling task with its place in time.
    private struct ScheduledTask {
        let interval: Int
        var selection: MeterSelection
        var schedule: Schedule
        var due: Duration = .zero
    }

    init(
        plan: [PollingTask], rules: SampleRules, hypervisor: any Hypervisor, cloud: CloudDirectory?,
        departures: DepartureWatch?, sinks: SinkRouter, outbox: Outbox, board: StatusBoard,
        watch: PollWatch = PollWatch(), logger: Logger
    ) {
        origin = clock.now
        self.hypervisor = hypervisor
        self.cloud = cloud
        self.departures = departures
        self.sinks = sinks
        self.outbox = outbox
        self.board = board
        self.watch = watch
        self.logger = logger
        poller = Poller(rules)
        let start = WallClock.now
        tasks = plan.map {
            ScheduledTask(
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
        /// The hypervisor must not be called any more; the process must be restarted.
        case exhausted(String)
    }

    /// Polls until the task is cancelled. A cycle that is under way is finished and handed over.
    func run() async -> End {
        defer { watch.end() }
        let start = clock.now
        while !Task.isCancelled {
            guard let due = tasks.map(\.due).min() else {
                // Nothing to poll, as Ceilometer idles with sources that match nothing.
                await waitForCancellation()
                break
            }
            let indexes = tasks.indices.filter { tasks[$0].due <= due }
            watch.expect(
                after: start + due - clock.now, interval: indexes.map { tasks[$0].interval }.min() ?? 0)
            do {
                try await TaskThread.agent.sleep(until: start + due)
            } catch {
                break
            }
            if let end = await cycle(indexes) { return end }
            await board.clear(StatusCondition.polling, "polls are completed again")
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
        while !Task.isCancelled {
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
                if !Task.isCancelled { await board.failed(error.description) }
                return nil
            }
        }
        if let cloud {
            let needs = poller.needs(of: reading, knowing: knowledge ?? CloudKnowledge())
            knowledge = await cloud.knowledge(
                needs, within: knowledge == nil ? CloudDirectory.firstPatience : CloudDirectory.patience)
        }
        var samples = 0
        var instances = 0
        var missing = 0
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
            instances = max(instances, cycle.instances.count)
            missing += cycle.instances.reduce(0) { $0 + $1.missing.count }
            if departures != nil { found.formUnion(cycle.instances.map(\.uuid)) }
            let output = sinks.payloads(for: cycle.samples, now: reading.at, monotonicTime: began - origin)
            for warning in output.warnings { logger.warning("\(warning)") }
            SpareMemory.note(samples: cycle.samples.count, isStarting: isStarting)
            await outbox.handOver(output.payloads)
            await board.polled(task: index, cycle)
        }
        await compare(found, with: reading)
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
        let counts: Logger.Metadata = [
            "domains": "\(reading.domains.count)", "samples": "\(samples)", "ms": "\(Int(duration / .milliseconds(1)))",
        ]
        logger.debug("polled", metadata: counts.merging(["libvirt_calls": "\(reading.calls)"]) { $1 })
        if cycles == 1 {
            logger.notice(
                "first poll", metadata: counts.merging(["instances": "\(instances)", "missing": "\(missing)"]) { $1 })
        }
        return nil
    }

    /// Compares the instances of a cycle with those that were there before. A disk that hangs holds no poll up: the next
    /// comparison finds what this one has not.
    private func compare(_ found: Set<String>, with reading: Reading) async {
        guard let departures, !isComparing else { return }
        isComparing = true
        let domains = Set(reading.domains.map(\.domain.uuid))
        let comparison = Task {
            await departures.see(instances: found, domains: domains, at: reading.at)
            isComparing = false
        }
        await BoundedWait.all([comparison], within: .seconds(1))
    }
}
