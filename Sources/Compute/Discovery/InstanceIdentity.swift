import Telemetry

/// Who an instance is, and what its samples say of it: from Nova's metadata in libvirt, from Nova's list, or, for a
/// domain that is none of Nova's, from the domain.
struct InstanceIdentity {
    var displayName: String?
    var userID: String?
    var projectID: String?
    var flavorDisks: FlavorDisks?
    var metadata: Metadata
    /// Whether `metadata` is to be completed with the state that libvirt tells.
    var needsState: Bool
    /// Whether Nova knows nothing of it.
    var isUnmanaged = false

    /// Throws `DiscoveryProblem` if the domain is no instance, or a broken one.
    init(_ described: DescribedDomain, facts: InstanceFacts, rules: SampleRules) throws(DiscoveryProblem) {
        if let server = facts.listed {
            self.init(server, rules: rules)
            return
        }
        switch described.nova {
        case .failure(.noNovaMetadata):
            guard let owner = rules.unmanagedOwner else { throw .noNovaMetadata }
            self.init(unmanaged: described, sizes: facts.diskSizes, owner: owner, host: rules.host)
        case .failure(let problem): throw problem
        case .success(let nova):
            if facts.isUnlisted { throw .notListed }
            try self.init(nova, described, facts: facts, rules: rules)
        }
    }

    /// The `libvirt_metadata` discovery.
    private init(
        _ nova: NovaMetadata, _ described: DescribedDomain, facts: InstanceFacts, rules: SampleRules
    ) throws(DiscoveryProblem) {
        guard let architecture = described.description.architecture else {
            throw .malformed("<os><type> of its description has no attribute arch")
        }
        displayName = nova.name
        userID = nova.userID
        projectID = nova.projectID
        let disks = FlavorDisks(
            disk: nova.flavor.disk, ephemeral: nova.flavor.ephemeral, rules.rootDiskSize)
        flavorDisks = disks
        needsState = true
        metadata = Metadata(
            nova: nova, flavorID: nova.flavor.id ?? facts.flavorID ?? nova.flavor.name,
            description: described.description, architecture: architecture, domain: described.domain, host: rules.host,
            rootDisk: disks.root)
        if let user = rules.userMetadata.userMetadata(facts.userMetadata, besides: metadata) {
            metadata["user_metadata"] = user
        }
    }
}
