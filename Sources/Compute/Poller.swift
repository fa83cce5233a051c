public import Hypervisor
import Telemetry

/// Turns readings of a hypervisor into samples. One for a host, whatever the number of polling tasks, so that
/// instances are discovered once.
public struct Poller {
    private var discovery: Discovery
    private var ids = SampleIDSequence()
    private let stalePolicy: StalePolicy

    /// A poller for a host.
    public init(host: HostIdentity, stalePolicy: StalePolicy) {
        discovery = Discovery(host: host)
        self.stalePolicy = stalePolicy
    }

    /// The samples of the selected meters. A problem of one domain, disk or NIC costs nothing but its own samples.
    public mutating func poll(_ reading: Reading, _ selection: inout MeterSelection) -> Cycle {
        discovery.beginCycle()
        selection.deltas.beginCycle()
        var samples: [Sample] = []
        samples.reserveCapacity(reading.domains.count * selection.rows.count)
        var instances: [InstanceReport] = []
        var news: [DomainNews] = []
        var skipped = 0
        for domain in reading.domains {
            switch discovery.find(domain.domain) {
            case .problem(let problem, let isNews):
                skipped += 1
                if isNews {
                    news.append(DomainNews(uuid: domain.domain.uuid, name: domain.domain.name, problem: problem))
                }
            case .instance(let record):
                let before = samples.count
                var collector = SampleCollector(
                    record: record, reading: domain, at: reading.at, policy: stalePolicy)
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
