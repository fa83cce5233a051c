import Hypervisor
import Keystone
import Nova
import Telemetry

/// The instances among a host's domains, each made once and kept until its domain, or what Nova and Keystone say of it,
/// changes.
struct Discovery {
    private let rules: SampleRules
    private var entries: [String: Entry] = [:]
    private var knowledge = CloudKnowledge()
    private var generation = 0
    private var previousCount = 0

    /// Not `Sendable`: it belongs to the poller that made it.
    fileprivate final class Entry {
        let domain: Domain
        let described: Result<DescribedDomain, DiscoveryProblem>
        /// When it was first seen, with whatever description; never later than the present.
        var appeared: Timestamp
        var facts = InstanceFacts()
        /// `nil` until it is asked for.
        var result: Result<InstanceRecord, DiscoveryProblem>?
        /// The knowledge that `facts` were taken from.
        var knowledge: CloudKnowledge.Generation?
        /// What was last told of it.
        var told: DiscoveryProblem?
        var generation: Int

        init(
            _ domain: Domain, _ described: Result<DescribedDomain, DiscoveryProblem>, appeared: Timestamp,
            told: DiscoveryProblem?, generation: Int
        ) {
            self.domain = domain
            self.described = described
            self.appeared = appeared
            self.told = told
            self.generation = generation
        }
    }

    init(rules: SampleRules) {
        self.rules = rules
    }

    /// What is found for one domain.
    enum Finding {
        case instance(InstanceRecord)
        /// `isNews`: it was not so the last time this domain was looked at.
        case problem(DiscoveryProblem, isNews: Bool)
    }

    /// Begins a cycle: domains that are not asked for until the next call are forgotten then.
    mutating func beginCycle(_ knowledge: CloudKnowledge) {
        self.knowledge = knowledge
        if entries.count > previousCount {
            let last = generation
            entries = entries.filter { $0.value.generation == last }
        }
        generation += 1
        previousCount = 0
    }

    /// The instance that a domain is, or why it is none.
    mutating func find(_ reading: DomainReading, at: Timestamp) -> Finding {
        previousCount += 1
        let entry = entry(for: reading.domain, at: at)
        entry.generation = generation
        // The clock was set back: no list of Nova's would seem to be younger than the domain.
        if at < entry.appeared { entry.appeared = at }
        let latest = knowledge.generation
        if entry.knowledge != latest || entry.isUnmanaged(by: rules) || entry.isAwaitingListing(by: rules) {
            let facts = facts(for: entry, reading.stats)
            if facts != entry.facts {
                entry.facts = facts
                entry.result = nil
            }
            entry.knowledge = latest
        }
        let result = entry.result ?? entry.instance(rules)
        entry.result = result
        switch result {
        case .success(let record):
            entry.told = nil
            return .instance(record)
        case .failure(let problem):
            defer { entry.told = problem }
            return .problem(problem, isNews: entry.told != problem)
        }
    }

    /// What is to be asked about a reading's domains. Empty where the rules need no one to be asked.
    mutating func needs(of reading: Reading, _ knowledge: CloudKnowledge) -> CloudNeeds {
        var needs = CloudNeeds()
        guard rules.needsCloud else { return needs }
        for domain in reading.domains {
            let entry = entry(for: domain.domain, at: reading.at)
            entry.addNeeds(to: &needs, rules: rules, listing: knowledge.nova.listing)
        }
        return needs
    }

    /// What is kept of a domain: what was kept of it, or, if it is new or changed, what its description says.
    private mutating func entry(for domain: Domain, at: Timestamp) -> Entry {
        let old = entries[domain.uuid]
        if let old, old.domain === domain { return old }
        let entry = Entry(
            domain, Result { () throws(DiscoveryProblem) in try DescribedDomain(domain) },
            appeared: old?.appeared ?? at, told: old?.told, generation: old?.generation ?? generation)
        // Not every poll reads the disks' sizes.
        entry.facts.diskSizes = old?.facts.diskSizes
        entries[domain.uuid] = entry
        return entry
    }

    private func facts(for entry: Entry, _ stats: DomainStats) -> InstanceFacts {
        var facts = InstanceFacts()
        guard case .success(let described) = entry.described else { return facts }
        let uuid = entry.domain.uuid
        if rules.usesNovaListing, let listing = knowledge.nova.listing {
            facts.listed = listing.servers[uuid]
            facts.isUnlisted = facts.listed == nil && listing.startedAt > entry.appeared
        }
        if rules.fetchesExtraMetadata, case .found(let server)? = knowledge.nova.servers[uuid] {
            facts.userMetadata = server.metadata
            facts.flavorID = server.flavorID
        }
        if case .success(let nova) = described.nova, nova.flavor.id == nil {
            facts.flavorID = facts.flavorID ?? knowledge.nova.flavorIDs[nova.flavor.name]
        }
        if rules.wantsIdentityNames {
            let owner = entry.owner(facts.listed)
            facts.userName = owner.user.flatMap { knowledge.names.users[$0] }
            facts.projectName = owner.project.flatMap { knowledge.names.projects[$0] }
        }
        if entry.isUnmanaged(by: rules) {
            facts.diskSizes = DiskSizes(described.description.disks, stats) ?? entry.facts.diskSizes
        }
        return facts
    }
}

extension SampleRules {
    fileprivate var needsCloud: Bool {
        usesNovaListing || fetchesExtraMetadata || asksForFlavorIDs || wantsIdentityNames
    }
}

extension Discovery.Entry {
    fileprivate func instance(_ rules: SampleRules) -> Result<InstanceRecord, DiscoveryProblem> {
        described.flatMap { described in
            Result { () throws(DiscoveryProblem) in
                InstanceRecord(try Instance(described, facts: facts, rules: rules))
            }
        }
    }

    fileprivate var nova: NovaMetadata? {
        guard case .success(let described) = described, case .success(let nova) = described.nova else { return nil }
        return nova
    }

    /// Whether the domain is none of Nova's, and is an instance all the same.
    fileprivate func isUnmanaged(by rules: SampleRules) -> Bool {
        guard rules.unmanagedOwner != nil, case .success(let described) = described,
            case .failure(.noNovaMetadata) = described.nova
        else { return false }
        return true
    }

    /// Whether the next listing decides about it, even one that holds the same servers as the last.
    fileprivate func isAwaitingListing(by rules: SampleRules) -> Bool {
        rules.usesNovaListing && facts.listed == nil && !facts.isUnlisted
    }

    fileprivate func owner(_ listed: NovaServer?) -> (user: String?, project: String?) {
        (listed?.userID ?? nova?.userID, listed?.tenantID ?? nova?.projectID)
    }

    fileprivate func addNeeds(to needs: inout CloudNeeds, rules: SampleRules, listing: NovaKnowledge.Listing?) {
        let listed = rules.usesNovaListing ? listing?.servers[domain.uuid] : nil
        if rules.usesNovaListing, listed == nil { needs.nova.unlisted.insert(domain.uuid) }
        if rules.wantsIdentityNames {
            let owner = owner(listed)
            if let user = owner.user { needs.users.insert(user) }
            if let project = owner.project { needs.projects.insert(project) }
        }
        // The listing tells of most of them at once.
        guard let nova, listed == nil, !rules.usesNovaListing || listing != nil else { return }
        if rules.fetchesExtraMetadata { needs.nova.servers.insert(domain.uuid) }
        if rules.asksForFlavorIDs, nova.flavor.id == nil { needs.nova.flavorNames.insert(nova.flavor.name) }
    }
}
