/// Which of a service's endpoints in the catalogue is meant.
public enum EndpointInterface: String, CaseIterable, Sendable {
    /// For everybody.
    case `public`
    /// For the services of the cloud among each other.
    case `internal`
    /// For administrators.
    case admin

    /// Reads `public` or, as the Identity API v2 called it, `publicURL`; `nil` for what is neither.
    public init?(named name: String) {
        self.init(rawValue: name.hasSuffix("URL") ? String(name.dropLast(3)) : name)
    }
}
