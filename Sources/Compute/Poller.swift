public import Hypervisor
import Telemetry

/// Turns readings of a hypervisor into samples. One for a host, whatever the number of polling tasks, so that
/// instances are discovered once.
public struct Poller {
    private var discovery: Discovery
    private var ids = SampleIDSequence()
    private var processes = ProcessorTime()
    private var reports = GuestReports()
    private let rules: SampleRules

    /// A poller that follows those rules.
    public init(_ rules: SampleRules) {
        discovery = Discovery(rules: rules)
        self.rules = rules
    }

    /// What is worth asking Nova and Keystone before the reading is polled, as the rules have it.
    public mutating func needs(of reading: Reading, knowing knowledge: CloudKnowledge) -> CloudNeeds {
        discovery.needs(of: reading, knowledge)
    }

    /// The samples of the selected meters. A problem of one domain, disk or NIC costs nothing but its own samples.
    /// `monotonicTime` is when the reading was taken, since any fixed moment: for rates, as the host's clock may be set.
    public mutating func poll(
        _ reading: Reading, _ selection: inout MeterSelection, knowing knowledge: CloudKnowledge = CloudKnowledge(),
        monotonicTime: Duration? = nil
    ) -> Cycle {
        discovery.beginCycle(knowledge)
        selection.growth.beginCycle()
        if reading.beginsAnew { processes = ProcessorTime() }
        if let monotonicTime { reports.beginCycle(at: reading.at, monotonicTime) }
        var samples: [Sample] = []
        samples.reserveCapacity(reading.domains.count * selection.rows.count)
        var instances: [InstanceReport] = []
        var news: [DomainNews] = []
        var unpolled: [DomainNews] = []
        for domain in reading.domains {
            switch discovery.find(domain, at: reading.at) {
            case .problem(let problem, let isNews):
                // It may be an instance again, as one that is just being moved.
                selection.growth.keepAll(of: domain.domain.uuid)
                let finding = DomainNews(uuid: domain.domain.uuid, name: domain.domain.name, problem: problem)
                unpolled.append(finding)
                if isNews { news.append(finding) }
            case .instance(let record):
                let before = samples.count
                var collector = SampleCollector(
                    record: record, reading: domain, at: reading.at, monotonicTime: monotonicTime, rules: rules,
                    process: process(of: domain, at: reading.at),
                    reports: monotonicTime.flatMap { reports.look(at: domain, now: $0) })
                collector.collect(&selection, into: &samples, ids: &ids)
                instances.append(
                    InstanceReport(
                        name: record.instance.name, projectID: record.instance.projectID,
                        samples: samples.count - before, missing: collector.missing, setup: record.instance.setup))
            }
        }
        processes.keep(only: reading.domains)
        reports.keep(only: reading.domains)
        return Cycle(samples: samples, instances: instances, news: news, unpolled: unpolled)
    }

    private mutating func process(of domain: DomainReading, at: Timestamp) -> ProcessorTime.Verdict {
        guard domain.stats.powerState != .shutOff else {
            processes.forget(domain.domain.uuid)
            return ProcessorTime.Verdict(time: .missing(.shutOff))
        }
        return processes.judge(domain, at: at)
    }
}
