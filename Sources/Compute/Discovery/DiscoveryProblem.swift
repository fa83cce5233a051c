/// Why a domain yields no instance. It costs that domain its samples, and no other.
public enum DiscoveryProblem: Error, Sendable, Hashable {
    /// Nova did not start it.
    case noNovaMetadata
    /// Nova's metadata, or the whole description, is not what it should be.
    case malformed(String)
    /// The description could not be had.
    case unavailable(String)
}

extension DiscoveryProblem: CustomStringConvertible {
    /// What is wrong, in words for a log line that names the domain.
    public var description: String {
        switch self {
        case .noNovaMetadata:
            "it has no Nova metadata (expected <nova:instance> of namespace \(NovaMetadata.namespaces[0]))"
        case .malformed(let what): what
        case .unavailable(let why): "its description could not be read: \(why)"
        }
    }
}
