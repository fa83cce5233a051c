import Digest
public import Hypervisor
import Telemetry

/// An instance on this host: what is known of it, kept until that changes.
public final class Instance: Sendable {
    /// The domain it was made of.
    public let domain: Domain
    /// Nova's display name.
    public let displayName: String?
    /// The owner's id.
    public let userID: String?
    /// The project's id.
    public let projectID: String?

    /// What the flavor says of disks; `nil` for a domain that has no flavor.
    let flavorDisks: FlavorDisks?
    let balloon: DomainDescription.Balloon
    /// For the explanations of missing figures.
    let setup: GuestSetup
    private let isUnmanaged: Bool
    /// `<domain type=…>`.
    let type: String?
    let disks: [DomainDescription.Disk]
    let interfaces: [DomainDescription.Interface]
    private let metadata: Metadata
    /// Whether `metadata` lacks the state, which libvirt tells with each poll.
    private let needsState: Bool
    private let userName: String?
    private let projectName: String?
    private let source: String

    /// An instance of a domain. Throws `DiscoveryProblem` if the domain is none, or a broken one.
    init(_ described: DescribedDomain, facts: InstanceFacts, rules: SampleRules) throws(DiscoveryProblem) {
        let identity = try InstanceIdentity(described, facts: facts, rules: rules)
        domain = described.domain
        displayName = identity.displayName
        userID = identity.userID
        projectID = identity.projectID
        flavorDisks = identity.flavorDisks
        balloon = described.description.balloon
        isUnmanaged = identity.isUnmanaged
        setup = GuestSetup(
            isWindows: described.description.isWindows, isNova: !identity.isUnmanaged,
            libvirtName: described.domain.name, uuid: described.domain.uuid, libvirtURI: rules.libvirtURI)
        type = described.description.type
        disks = described.description.disks
        interfaces = described.description.interfaces
        source = rules.host.sampleSource
        userName = facts.userName
        projectName = facts.projectName
        needsState = identity.needsState
        metadata = identity.metadata
    }

    /// Its name in logs and messages.
    public var name: InstanceName {
        InstanceName(displayName: displayName, libvirtName: domain.name, uuid: domain.uuid)
    }

    /// The resource id and the `vnic_name` of the NIC at a place.
    ///
    /// Ceilometer's id is the filter's name, as Nova's filters of old were named after the NIC. A filter of libvirt's is
    /// the same for many NICs, so an unmanaged domain's NICs have ids of their own.
    func identity(ofInterfaceAt place: Int) -> (id: String, name: String) {
        let interface = interfaces[place]
        guard isUnmanaged else {
            return (
                interface.filter ?? "\(domain.name)-\(domain.uuid)-\(interface.device)",
                interface.filter ?? interface.device
            )
        }
        return ("\(domain.name)-\(domain.uuid)-\(interfaces.lastingName(at: place))", interface.device)
    }

    /// The instance's metadata in a power state.
    private func metadata(in state: PowerState) -> Metadata {
        guard needsState else { return metadata }
        return metadata.adding([.init("status", .string(state.status)), .init("state", .string(state.vmState))])
    }

    /// The instance as a resource in a power state.
    func resource(in state: PowerState) -> Resource {
        Resource(
            id: domain.uuid, userID: userID, projectID: projectID, userName: userName, projectName: projectName,
            source: source, metadata: metadata(in: state))
    }
}
