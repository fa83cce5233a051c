import Hypervisor

/// The instances among a host's domains (Ceilometer's `libvirt_metadata` discovery), each made once and kept until its
/// domain changes.
struct Discovery {
    private let host: HostIdentity
    private var entries: [String: Entry] = [:]
    private var previousCount = 0

    private struct Entry {
        let domain: Domain
        let result: Result<InstanceRecord, DiscoveryProblem>
        var generation: Int
    }

    init(host: HostIdentity) {
        self.host = host
    }

    /// What is found for one domain.
    enum Finding {
        case instance(InstanceRecord)
        /// `isNews`: it was not so the last time this domain was looked at.
        case problem(DiscoveryProblem, isNews: Bool)
    }

    private var generation = 0

    /// Begins a cycle: domains that are not asked for until the next call are forgotten then.
    mutating func beginCycle() {
        if entries.count > previousCount {
            let last = generation
            entries = entries.filter { $0.value.generation == last }
        }
        generation += 1
        previousCount = 0
    }

    /// The instance that a domain is, or why it is none.
    mutating func find(_ domain: Domain) -> Finding {
        previousCount += 1
        if let entry = entries[domain.uuid], entry.domain === domain {
            entries[domain.uuid]?.generation = generation
            switch entry.result {
            case .success(let record): return .instance(record)
            case .failure(let problem): return .problem(problem, isNews: false)
            }
        }
        let old = entries[domain.uuid]?.result
        do {
            let record = InstanceRecord(try Instance(domain, host: host))
            entries[domain.uuid] = Entry(domain: domain, result: .success(record), generation: generation)
            return .instance(record)
        } catch {
            entries[domain.uuid] = Entry(domain: domain, result: .failure(error), generation: generation)
            if case .failure(let previous)? = old, previous == error { return .problem(error, isNews: false) }
            return .problem(error, isNews: true)
        }
    }
}
