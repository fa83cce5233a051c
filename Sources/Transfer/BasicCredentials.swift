/// User and password for basic authentication (RFC 7617). Its description shows neither.
public struct BasicCredentials: Sendable, Hashable {
    /// The user; must hold no colon to be understood.
    public let user: String
    /// The password; may be empty.
    public let password: String

    /// Those credentials, not percent-encoded.
    public init(user: String, password: String) {
        self.user = user
        self.password = password
    }
}

extension BasicCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `***`
    public var description: String { "***" }
    /// `***`
    public var debugDescription: String { "***" }
    /// Nothing, so that `dump` shows no password.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
