/// Why a domain yields no instance. It costs that domain its samples, and no other.
public enum DiscoveryProblem: Error, Sendable, Hashable {
    /// Nova did not start it.
    case noNovaMetadata
    /// Nova's metadata, or the whole description, is not what it should be.
    case malformed(String)
    /// Nova's list of this host's servers does not hold it.
    case notListed
    /// The description could not be had.
    case unavailable(String)
}

extension DiscoveryProblem: CustomStringConvertible {
    /// What is wrong, in words for a log line that names the domain.
    public var description: String {
        switch self {
        case .noNovaMetadata:
            "it has no Nova metadata (expected <nova:instance> of namespace \(NovaMetadata.namespaces[0])); set [compute] "
                + "unmanaged_domains = true in ceilometer.conf to poll domains that Nova did not start"
        case .malformed(let what): what
        case .notListed:
            "Nova does not list it among this host's servers (was it deleted or moved, or is [DEFAULT] host not Nova's name "
                + "of this host?)"
        case .unavailable(let why): "its description could not be read: \(why)"
        }
    }
}
