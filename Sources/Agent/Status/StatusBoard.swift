import Compute
import Hypervisor
import Logging
import Telemetry

/// Keeps what the status endpoint tells, and logs conditions when they begin, every hour, and when they end.
actor StatusBoard {
    /// What the status page shows: each change is put here, so that the page's thread never waits for this actor, nor
    /// this actor for it.
    nonisolated let published: PublishedStatus
    private var report: StatusReport { didSet { published.change { [report] in $0.report = report } } }
    private var conditions = ConditionLog() {
        didSet { published.change { [conditions] in $0.conditions = conditions.current } }
    }
    /// Guests that do not answer: no fault of the agent's, so that it stays healthy.
    private var occupations = ConditionLog()
    /// Nova, Keystone and Glance that do not answer: no fault of the agent's either, and polling goes on.
    private var cloud = ConditionLog() {
        didSet { published.change { [cloud] in $0.cloud = cloud.current } }
    }
    private var instances: [Int: [InstanceReport]] = [:] {
        didSet { published.change { [instances] in $0.instances = InstanceList(instances) } }
    }
    /// The names of the guests that do not answer, by UUID.
    private var occupied: [String: InstanceName] = [:]
    private let logger: Logger
    private let clock = ContinuousClock()
    private let start = ContinuousClock.now

    init(version: String, host: String, configuration: ConfigurationReport? = nil, logger: Logger) {
        var report = StatusReport(version: version, host: host, startedAt: WallClock.now)
        report.configuration = configuration
        published = PublishedStatus(report)
        self.report = report
        self.logger = logger
    }

    /// Polls that were on time since the last that was not.
    private var onTime = 0
    /// After so many polls on time an episode of late ones is over: on a host at its limit late and punctual polls take
    /// turns.
    private static let punctual = 3

    /// Where the configuration comes from, and what became of the last reload.
    func note(_ configuration: ConfigurationReport) { report.configuration = configuration }

    /// A task's cycle was polled.
    func polled(task: Int, _ cycle: Cycle) {
        instances[task] = cycle.instances
        report.unpolled = cycle.unpolled
    }

    /// A cycle was polled.
    func cycle(_ cycle: StatusReport.LastCycle) {
        report.cycles.polled += 1
        report.lastCycle = cycle
        clear(StatusCondition.hypervisor, "polling again")
    }

    /// A cycle was lost.
    func failed(_ reason: String) {
        report.cycles.failed += 1
        hold(StatusCondition.hypervisor, reason)
    }

    /// These guests' processes do not answer.
    func occupied(_ guests: [(name: InstanceName, occupation: Occupation)]) {
        let now = clock.now - start
        for (name, occupation) in guests {
            occupied[name.uuid] = name
            let began = occupations.hold(
                name.uuid, "the guest's monitor does not answer; meters that need it are missing until it does",
                at: now)
            guard let began else { continue }
            let busy = ((occupation.duration ?? .zero) / .seconds(1) * 10).rounded() / 10
            logger.warning(
                "\(began.detail)",
                metadata: ["instance": "\(name)", "busy_s": "\(busy)"])
        }
        let present = Set(guests.map(\.name.uuid))
        for uuid in occupations.current.keys where !present.contains(uuid) {
            let name = occupied.removeValue(forKey: uuid).map { "\($0)" } ?? uuid
            guard case .ended(let after, let count)? = occupations.clear(uuid, at: now) else { continue }
            logger.notice(
                "the guest's monitor answers again, or the guest is gone",
                metadata: [
                    "instance": "\(name)", "after_s": "\(Int(after / .seconds(1)))", "cycles": "\(count)",
                ])
        }
    }

    /// What the agent and the cloud have to do with each other, or no longer.
    func note(_ condition: CloudCondition) {
        let now = clock.now - start
        guard let problem = condition.problem else {
            guard case .ended(let after, let count)? = cloud.clear(condition.topic, at: now) else { return }
            logger.notice(
                "answered again",
                metadata: [
                    "cloud": "\(condition.topic)", "after_s": "\(Int(after / .seconds(1)))", "times": "\(count)",
                ])
            return
        }
        switch cloud.hold(condition.topic, problem, at: now) {
        case .began(let detail):
            logger.warning("\(detail); polling goes on with what is known", metadata: ["cloud": "\(condition.topic)"])
        case .lasts(let detail, let duration, let count), .changed(let detail, let duration, let count):
            logger.warning(
                "\(detail)",
                metadata: [
                    "cloud": "\(condition.topic)", "for_s": "\(Int(duration / .seconds(1)))", "times": "\(count)",
                ])
        case .ended, nil: break
        }
    }

    /// So many ticks passed while a poll was under way.
    func missed(_ count: Int) {
        report.cycles.missed += count
        if count > 0 {
            onTime = 0
            hold(StatusCondition.behind, "a poll took longer than its interval; polls skipped: \(count)")
        } else {
            onTime += 1
            guard onTime >= Self.punctual else { return }
            clear(StatusCondition.behind, "polls are on time again")
        }
    }

    /// A condition holds.
    func hold(_ key: String, _ detail: String) {
        switch conditions.hold(key, detail, at: clock.now - start) {
        case .began(let detail): logger.error("\(detail)", metadata: ["condition": "\(key)"])
        case .lasts(let detail, let duration, let count), .changed(let detail, let duration, let count):
            logger.error(
                "\(detail)",
                metadata: [
                    "condition": "\(key)", "for_s": "\(Int(duration / .seconds(1)))", "times": "\(count)",
                ])
        case .ended, nil: break
        }
    }

    /// A condition does not hold.
    func clear(_ key: String, _ message: String) {
        guard case .ended(let after, let count)? = conditions.clear(key, at: clock.now - start) else { return }
        logger.notice(
            "\(message)",
            metadata: ["condition": "\(key)", "after_s": "\(Int(after / .seconds(1)))", "times": "\(count)"])
    }

    /// Something happened once.
    func warn(_ message: String, about subject: String) {
        logger.warning("\(message)", metadata: ["about": "\(subject)"])
    }

    /// Something good happened once.
    func tell(_ message: String, about subject: String) {
        logger.notice("\(message)", metadata: ["about": "\(subject)"])
    }
}
