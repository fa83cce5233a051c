/// `[service_credentials]`: who we are for the services of the cloud, and how they are found. Holds secrets, which its
/// description does not show.
public struct ServiceCredentials: Sendable, Hashable {
    /// A domain of Keystone's.
    public enum Domain: Sendable, Hashable {
        case id(String)
        case name(String)
    }

    /// A user of Keystone's.
    public enum User: Sendable, Hashable {
        case id(String)
        case name(String, domain: Domain)
    }

    /// What we act for.
    public enum Scope: Sendable, Hashable {
        case project(id: String)
        case projectName(String, domain: Domain)
        case domain(Domain)
        case system
        case trust(id: String)
        /// What the user's own default is.
        case unscoped
    }

    /// How we identify.
    public enum Method: Sendable, Hashable {
        case password(User, password: String, scope: Scope)
        case applicationCredential(id: String, secret: String)
        case namedApplicationCredential(name: String, user: User, secret: String)
    }

    /// `auth_url`.
    public let authURL: Located<String>
    /// What `auth_type` and the options that belong to it come to.
    public let method: Method
    /// `interface`.
    public let interface: ServiceInterface
    /// `region_name`; `nil`: any.
    public let regionName: String?
    /// `cafile`; `nil`: the system's authorities.
    public let caFile: Located<String>?
    /// `certfile`.
    public let certificateFile: Located<String>?
    /// `keyfile`.
    public let keyFile: Located<String>?
    /// `insecure`.
    public let isInsecure: Bool
    /// `timeout`, at least 0.1 s.
    public let timeout: Duration
}

extension ServiceCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `***`
    public var description: String { "***" }
    /// `***`
    public var debugDescription: String { "***" }
    /// Nothing, so that `dump` shows no password.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension ServiceCredentials.Method: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `***`
    public var description: String { "***" }
    /// `***`
    public var debugDescription: String { "***" }
    /// Nothing, so that `dump` shows no password.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// `interface`: which of a service's endpoints is meant, as the Identity API v3 and v2 call it.
public enum ServiceInterface: String, CaseIterable, Sendable {
    case `public`, `internal`, admin
    case publicURL, internalURL, adminURL
}
