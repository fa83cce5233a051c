public import Transfer

/// Who we are for Keystone, and where it is. What describes this shows neither passwords nor secrets.
public struct KeystoneCredentials: Sendable, Hashable {
    /// A domain, which Keystone knows by its id or by its name.
    public enum Domain: Sendable, Hashable {
        /// By its id, such as `default`.
        case id(String)
        /// By its name, such as `Default`.
        case name(String)
    }

    /// A user.
    public enum User: Sendable, Hashable {
        /// By the id, which is unique.
        case id(String)
        /// By a name, which is unique in its domain only.
        case name(String, domain: Domain?)
    }

    /// What a token is good for.
    public enum Scope: Sendable, Hashable {
        /// The project of that id.
        case project(id: String)
        /// The project of that name.
        case projectName(String, domain: Domain?)
        /// A whole domain.
        case domain(Domain)
        /// The cloud as a whole (`system_scope = all`).
        case system
        /// What the trust of that id delegates.
        case trust(id: String)
        /// Nothing in particular: the user's default project, if it has one.
        case unscoped
    }

    /// How we identify (Identity API v3, "Authentication and token management").
    public enum Method: Sendable, Hashable {
        /// User and password.
        case password(User, password: String, scope: Scope)
        /// An application credential, which holds its own scope.
        case applicationCredential(id: String, secret: String)
        /// An application credential of that user's.
        case namedApplicationCredential(name: String, user: User, secret: String)
    }

    /// Where Keystone is: an absolute URL, with or without `/v3`.
    public var authURL: String
    /// How we identify.
    public var method: Method
    /// Which of a service's endpoints are used.
    public var interface: EndpointInterface = .public
    /// The region whose endpoints are used; `nil`: the first in the catalogue.
    public var regionName: String?
    /// Whom Keystone and the services must be signed by, and how we identify to them.
    public var tls = TLSSettings()
    /// How long a request may take, unless it says otherwise.
    public var timeout: Duration = .seconds(10)

    /// Credentials with the defaults of Ceilometer: the public interface and any region.
    public init(authURL: String, method: Method) {
        self.authURL = authURL
        self.method = method
    }

    /// The URL of the Identity API v3, without a slash at its end.
    var identityURL: String {
        var url = authURL
        while url.hasSuffix("/") { url.removeLast() }
        return url.hasSuffix("/v3") ? url : url + "/v3"
    }
}

extension KeystoneCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Who and where, without password or secret.
    public var description: String { "\(method) at \(RedactedURL(authURL))" }
    /// As `description`.
    public var debugDescription: String { description }
    /// Nothing, so that `dump` shows no secret.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension KeystoneCredentials.Method: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Who, without password or secret.
    public var description: String {
        switch self {
        case .password(let user, _, _): "\(user)"
        case .applicationCredential(let id, _): "application credential \(id)"
        case .namedApplicationCredential(let name, let user, _): "application credential \(name) of \(user)"
        }
    }

    /// As `description`.
    public var debugDescription: String { description }
    /// Nothing, so that `dump` shows no secret.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension KeystoneCredentials.User: CustomStringConvertible {
    /// `user NAME`
    public var description: String {
        switch self {
        case .id(let id): "user \(id)"
        case .name(let name, _): "user \(name)"
        }
    }
}
