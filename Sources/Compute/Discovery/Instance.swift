import Digest
public import Hypervisor
import Telemetry

/// A Nova instance on this host: what its domain's description says, kept until the description changes.
public final class Instance: Sendable {
    /// The domain it was made of.
    public let domain: Domain
    /// Nova's display name.
    public let displayName: String?
    /// The owner's id.
    public let userID: String
    /// The project's id.
    public let projectID: String

    /// The flavor's root disk without the ephemeral one, in GiB; may be negative, as in Ceilometer.
    let rootGiB: Int64
    /// The flavor's ephemeral disk, in GiB.
    let ephemeralGiB: Int64
    let balloon: DomainDescription.Balloon
    /// `<domain type=…>`.
    let type: String?
    let disks: [DomainDescription.Disk]
    let interfaces: [DomainDescription.Interface]
    private let metadata: Metadata
    private let source: String

    /// Reads a domain's description. Throws `DiscoveryProblem` if it is no instance of Nova's or a broken one.
    init(_ domain: Domain, host: HostIdentity) throws(DiscoveryProblem) {
        guard let xml = domain.xml else { throw .unavailable(domain.problem ?? "no reason was given") }
        let document: XMLDocument
        do {
            document = try XMLDocument(xml)
        } catch {
            throw .malformed("its description is no XML that libvirt writes: \(error)")
        }
        let nova = try NovaMetadata(document.root)
        let description = DomainDescription(document.root)
        guard let architecture = description.architecture else {
            throw .malformed("<os><type> of its description has no attribute arch")
        }
        self.domain = domain
        displayName = nova.name
        userID = nova.userID
        projectID = nova.projectID
        rootGiB = nova.flavor.disk.subtractingReportingOverflow(nova.flavor.ephemeral).partialValue
        ephemeralGiB = nova.flavor.ephemeral
        balloon = description.balloon
        type = description.type
        disks = description.disks
        interfaces = description.interfaces
        source = host.sampleSource
        metadata = Metadata(
            nova: nova, description: description, architecture: architecture, domain: domain, host: host,
            rootGiB: rootGiB)
    }

    /// The instance as a resource in a power state, with further metadata.
    func resource(id: String? = nil, state: PowerState, adding more: [MetadataValue.Field] = []) -> Resource {
        Resource(
            id: id ?? domain.uuid, userID: userID, projectID: projectID, source: source,
            metadata: metadata.adding([
                .init("status", .string(state.status)), .init("state", .string(state.vmState)),
            ]).adding(more))
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
