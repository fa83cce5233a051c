import Digest

/// What the configuration says of samples: how instances are found, what their metadata holds, which figures count.
public struct SampleRules: Sendable, Hashable {
    /// The host's name and the samples' source.
    public var host: HostIdentity
    /// `[compute] stale_memory_stats`.
    public var stalePolicy = StalePolicy.withhold
    /// `[compute] report_stopped_instance_metrics`: more than the flavor's sizes for an instance that is shut off.
    public var reportsStopped = false
    /// `[compute] instance_discovery_method` is `naive` or `workload_partitioning`: Nova's list says what an instance is.
    public var usesNovaListing = false
    /// `[compute] fetch_extra_metadata`: Nova is asked for the metadata that a server's user has set.
    public var fetchesExtraMetadata = false
    /// Whether Nova can be asked for the id of a flavor whose id its metadata in libvirt does not hold.
    public var asksForFlavorIDs = false
    /// `[polling] identity_name_discovery`: samples carry the names of projects and users.
    public var wantsIdentityNames = false
    /// `[DEFAULT] reserved_metadata_*`.
    public var userMetadata = UserMetadataRule()
    /// `[compute] root_disk_size`: what `disk.root.size` and `root_gb` are.
    public var rootDiskSize = RootDiskSize.ceilometer
    /// libvirt's URI without secrets, for commands that an operator can paste.
    public var libvirtURI = "qemu:///system"
    /// `[compute] unmanaged_domains`: who owns the domains that are none of Nova's; `nil`: they are no instances.
    public var unmanagedOwner: UnmanagedOwner?

    /// The same, of libvirt's knowledge alone.
    public var withoutCloud: SampleRules {
        var rules = self
        rules.usesNovaListing = false
        rules.fetchesExtraMetadata = false
        rules.asksForFlavorIDs = false
        rules.wantsIdentityNames = false
        return rules
    }

    /// The rules of a configuration that says nothing.
    public init(host: HostIdentity) {
        self.host = host
    }
}

/// What every sample says of the host it comes from.
public struct HostIdentity: Sendable, Hashable {
    /// `[DEFAULT] host`.
    public let host: String
    /// `[DEFAULT] sample_source`.
    public let sampleSource: String

    /// A host of that name, whose samples carry that source.
    public init(host: String, sampleSource: String) {
        self.host = host
        self.sampleSource = sampleSource
    }

    /// The id by which Nova tells a project's instances apart by host without naming it.
    func id(forProject project: String) -> String {
        Digest.sha224(project + host)
    }
}

/// Whose samples those of domains without Nova's metadata are.
public struct UnmanagedOwner: Sendable, Hashable {
    /// `[compute] unmanaged_project_id`; `nil`: none.
    public let projectID: String?
    /// `[compute] unmanaged_user_id`; `nil`: none.
    public let userID: String?

    /// An owner of those ids.
    public init(projectID: String?, userID: String?) {
        self.projectID = projectID
        self.userID = userID
    }
}
