import Nova
import Telemetry

/// What is known of one instance beyond its domain: from Nova, from Keystone, from its statistics.
struct InstanceFacts: Sendable, Hashable {
    /// What Nova's list of this host's servers says of it, where that list is what counts.
    var listed: NovaServer?
    /// That list was made after the domain appeared, and does not hold it.
    var isUnlisted = false
    /// The metadata that its user has set, as far as `fetch_extra_metadata` found it out.
    var userMetadata: [MetadataValue.Field] = []
    /// Its flavor's id, where its domain does not tell.
    var flavorID: String?
    /// The owner's name.
    var userName: String?
    /// The project's name.
    var projectName: String?
    /// How large its disks are, where no flavor tells.
    var diskSizes: DiskSizes?
}
