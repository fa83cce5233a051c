import Hypervisor

/// A domain whose description was read: once for each change, whatever is found out about the instance later.
struct DescribedDomain: Sendable {
    let domain: Domain
    let description: DomainDescription
    /// What Nova wrote into it, or why that is of no use.
    let nova: Result<NovaMetadata, DiscoveryProblem>

    /// Reads the description. Throws `DiscoveryProblem` if there is none, or none that libvirt writes.
    init(_ domain: Domain) throws(DiscoveryProblem) {
        guard let xml = domain.xml else { throw .unavailable(domain.problem ?? "no reason was given") }
        let document: XMLDocument
        do {
            document = try XMLDocument(xml)
        } catch {
            throw .malformed("its description is no XML that libvirt writes: \(error)")
        }
        self.domain = domain
        description = DomainDescription(document.root)
        nova = Result { () throws(DiscoveryProblem) in try NovaMetadata(document.root) }
    }
}
