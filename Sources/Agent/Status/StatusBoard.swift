import Compute
import Hypervisor
import Logging
import Telemetry

/// Keeps what the status endpoint tells, and logs conditions when they begin, every hour, and when they end.
actor StatusBoard {
    private var report: StatusReport
    private var conditions = ConditionLog()
    /// Guests that do not answer: no fault of the agent's, so that it stays healthy.
    private var occupations = ConditionLog()
    /// Nova, Keystone and Glance that do not answer: no fault of the agent's either, and polling goes on.
    private var cloud = ConditionLog()
    private var instances: [Int: [InstanceReport]] = [:]
    private let logger: Logger
    private let clock = ContinuousClock()
    private let start = ContinuousClock.now

    init(version: String, host: String, logger: Logger) {
        report = StatusReport(version: version, host: host, startedAt: WallClock.now)
        self.logger = logger
    }

    /// The names of the conditions that the agent has.
    private enum Condition {
        static let hypervisor = "libvirt"
        static let behind = "schedule"
    }

    /// A task's cycle was polled.
    func polled(task: Int, _ cycle: Cycle) {
        instances[task] = cycle.instances
    }

    /// A cycle was polled.
    func cycle(_ cycle: StatusReport.LastCycle) {
        report.cycles.polled += 1
        report.lastCycle = cycle
        clear(Condition.hypervisor, "polling again")
    }

    /// A cycle was lost.
    func failed(_ reason: String) {
        report.cycles.failed += 1
        hold(Condition.hypervisor, reason)
    }

    /// These domains' processes do not answer.
    func occupied(_ domains: [(domain: Domain, occupation: Occupation)]) {
        let now = clock.now - start
        for (domain, occupation) in domains {
            let began = occupations.hold(
                domain.uuid, "the guest's monitor does not answer; meters that need it are missing until it does",
                at: now)
            guard let began else { continue }
            let busy = ((occupation.duration ?? .zero) / .seconds(1) * 10).rounded() / 10
            logger.warning(
                "\(began.detail)",
                metadata: ["domain": "\(domain.uuid)", "name": "\(domain.name)", "busy_s": "\(busy)"])
        }
        let present = Set(domains.map(\.domain.uuid))
        for uuid in occupations.current.keys where !present.contains(uuid) {
            guard case .ended(let after, let count)? = occupations.clear(uuid, at: now) else { continue }
            logger.notice(
                "the guest's monitor answers again, or the guest is gone",
                metadata: [
                    "domain": "\(uuid)", "after_s": "\(Int(after / .seconds(1)))", "cycles": "\(count)",
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
        case .lasts(let detail, let duration, let count):
            logger.warning(
                "\(detail)",
                metadata: [
                    "cloud": "\(condition.topic)", "for_s": "\(Int(duration / .seconds(1)))", "times": "\(count)",
                ])
        case .ended, nil: break
        }
    }

    /// So many ticks passed while a cycle was under way.
    func missed(_ count: Int) {
        report.cycles.missed += count
        if count > 0 {
            hold(Condition.behind, "a cycle took longer than its interval: \(count) ticks were missed")
        } else {
            clear(Condition.behind, "cycles are on time again")
        }
    }

    /// A condition holds.
    func hold(_ key: String, _ detail: String) {
        switch conditions.hold(key, detail, at: clock.now - start) {
        case .began(let detail): logger.error("\(detail)", metadata: ["condition": "\(key)"])
        case .lasts(let detail, let duration, let count):
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

    /// What is wrong at present, by the condition's name.
    var problems: [String: String] { conditions.current }

    /// The report as JSON, with the queues' counters.
    func json(queues: [MetadataValue]) -> [UInt8] {
        var report = report
        report.problems = conditions.current
        report.cloud = cloud.current
        report.instances = merged()
        return report.json(queues: queues)
    }

    /// Every task sees the same instances; what they miss is put together.
    private func merged() -> [InstanceReport] {
        guard instances.count != 1 else { return instances.values.first ?? [] }
        var order: [String] = []
        var byUUID: [String: InstanceReport] = [:]
        for (_, reports) in instances.sorted(by: { $0.key < $1.key }) {
            for report in reports {
                if let first = byUUID[report.uuid] {
                    byUUID[report.uuid] = first.adding(report)
                } else {
                    order.append(report.uuid)
                    byUUID[report.uuid] = report
                }
            }
        }
        return order.compactMap { byUUID[$0] }
    }
}
