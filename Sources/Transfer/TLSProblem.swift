/// Why two sides could not agree on TLS, as far as it can be told.
public enum TLSProblem: Sendable, Hashable {
    /// Nobody we trust has signed the server's certificate.
    case untrustedIssuer
    /// The certificate is for another host.
    case wrongHostName
    /// A certificate was valid once; `nil`: it is not known whose.
    case expired(Holder?)
    /// A certificate is not valid yet; `nil`: it is not known whose.
    case notYetValid(Holder?)
    /// The certificate has another flaw.
    case invalidCertificate
    /// The server wants a certificate from us.
    case clientCertificateRequired
    /// The server does not accept our certificate.
    case clientCertificateRefused(isExpired: Bool)
    /// Our certificate or key cannot be read, or do not belong together.
    case unusableClientCertificate
    /// The file of trusted authorities cannot be read.
    case unusableAuthorities
    /// The handshake failed without a reason that both sides know.
    case handshake

    /// Whose certificate of a chain it is.
    public enum Holder: Sendable, Hashable {
        /// The server's own.
        case server
        /// That of a certification authority: one that the server sends, or one that we trust.
        case authority
    }

    /// What is wrong and what to do, in one line without a full stop.
    public var advice: String {
        switch self {
        case .untrustedIssuer:
            "the server's certificate is not signed by a trusted CA; trust the CA that signed it"
        case .wrongHostName:
            "the server's certificate is for another host name; use the name in the certificate, or have it reissued"
        case .expired(.server?):
            "the server's certificate has expired; renew it, or check this host's clock"
        case .expired(.authority?):
            "the certificate of the CA has expired, not the server's own; renew the CA's certificate and trust the new "
                + "one, or check this host's clock"
        case .expired(nil):
            "the server's certificate, or that of its CA, has expired; renew it, or check this host's clock"
        case .notYetValid(.authority?):
            "the certificate of the CA is not valid yet; check the clocks of this host and of the CA"
        case .notYetValid:
            "the server's certificate is not valid yet; check the clocks of both sides"
        case .invalidCertificate:
            "the server's certificate is not acceptable; have it reissued"
        case .clientCertificateRequired:
            "the server requires a client certificate; give one that it trusts"
        case .clientCertificateRefused(isExpired: true):
            "the server says that our client certificate has expired; have it renewed, or check the server's clock"
        case .clientCertificateRefused(isExpired: false):
            "the server does not accept our client certificate; give one that it trusts, or see the server's log"
        case .unusableClientCertificate:
            "the client certificate or its key cannot be used; check that both are readable PEM and belong together"
        case .unusableAuthorities:
            "the CA certificates cannot be read; check that the path is right and its content readable PEM"
        case .handshake:
            "the TLS handshake failed; check that TLS is spoken there, and whether a client certificate is wanted"
        }
    }
}
