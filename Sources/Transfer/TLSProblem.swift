/// Why two sides could not agree on TLS, as far as it can be told.
public enum TLSProblem: Sendable, Hashable {
    /// Nobody we trust has signed the server's certificate.
    case untrustedIssuer
    /// The certificate is for another host.
    case wrongHostName
    /// The certificate was valid once.
    case expired
    /// The certificate is not valid yet.
    case notYetValid
    /// The certificate has another flaw.
    case invalidCertificate
    /// The server wants a certificate from us.
    case clientCertificateRequired
    /// Our certificate or key cannot be read, or do not belong together.
    case unusableClientCertificate
    /// The file of trusted authorities cannot be read.
    case unusableAuthorities
    /// The handshake failed without a reason that both sides know.
    case handshake

    /// What is wrong and what to do, in one line without a full stop.
    public var advice: String {
        switch self {
        case .untrustedIssuer:
            "the server's certificate is not signed by a trusted CA; trust the CA that signed it"
        case .wrongHostName:
            "the server's certificate is for another host name; use the name in the certificate, or have it reissued"
        case .expired:
            "the server's certificate has expired; have it renewed"
        case .notYetValid:
            "the server's certificate is not valid yet; check the clocks of both sides"
        case .invalidCertificate:
            "the server's certificate is not acceptable; have it reissued"
        case .clientCertificateRequired:
            "the server requires a client certificate; give one that it trusts"
        case .unusableClientCertificate:
            "the client certificate or its key cannot be used; check that both are readable PEM and belong together"
        case .unusableAuthorities:
            "the CA certificates cannot be read; check that the path is right and its content readable PEM"
        case .handshake:
            "the TLS handshake failed; check that TLS is spoken there, and whether a client certificate is wanted"
        }
    }
}
