public import Hypervisor
import Telemetry

/// Turns readings of a hypervisor into samples. One for a host, whatever the number of polling tasks, so that
/// instances are discovered once.
public struct Poller {
    private var discovery: Discovery
    private var ids = SampleIDSequence()
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
        var samples: [Sample] = []
        samples.reserveCapacity(reading.domains.count * selection.rows.count)
        var instances: [InstanceReport] = []
        var news: [DomainNews] = []
        var skipped = 0
        for domain in reading.domains {
            switch discovery.find(domain, at: reading.at) {
            case .problem(let problem, let isNews):
                skipped += 1
                // It may be an instance again, as one that is just being moved.
                selection.growth.keepAll(of: domain.domain.uuid)
                if isNews {
                    news.append(DomainNews(uuid: domain.domain.uuid, name: domain.domain.name, problem: problem))
                }
            case .instance(let record):
                let before = samples.count
                var collector = SampleCollector(
                    record: record, reading: domain, at: reading.at, monotonicTime: monotonicTime, rules: rules)
                collector.collect(&selection, into: &samples, ids: &ids)
                instances.append(
                    InstanceReport(
                        uuid: domain.domain.uuid, displayName: record.instance.displayName,
                        projectID: record.instance.projectID, samples: samples.count - before,
                        missing: collector.missing))
            }
        }
        return Cycle(samples: samples, instances: instances, news: news, skipped: skipped)
    }
}
