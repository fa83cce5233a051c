/// Whom a transfer trusts, and how it identifies itself.
public struct TLSSettings: Sendable, Hashable {
    /// Who may have signed the server's certificate.
    public enum Trust: Sendable, Hashable {
        /// The system's certification authorities.
        case system
        /// The certification authorities in this PEM file, or in this directory of `openssl rehash`.
        case authorities(path: String)
        /// Nobody is asked: neither signature nor host name are verified.
        case anyone
    }

    /// Who may have signed the server's certificate.
    public var trust: Trust = .system
    /// The path of a PEM file with the client's certificate, and perhaps its key.
    public var clientCertificate: String?
    /// The path of a PEM file with the client's key, if it is not with the certificate.
    public var clientKey: String?

    /// Settings that trust the system's authorities and show no certificate.
    public init(trust: Trust = .system, clientCertificate: String? = nil, clientKey: String? = nil) {
        self.trust = trust
        self.clientCertificate = clientCertificate
        self.clientKey = clientKey
    }
}
