import TestServers

/// An nginx before a collector, with a wrong certificate at first.
final class TLSFront {
    /// What is wrong with the certificate.
    enum WrongCertificate: String {
        case ofAnotherHost = "certificate of another host"
        case expired = "certificate that has expired"
        case ofAStranger = "certificate of an unknown authority"
    }

    private let authority: CertificateAuthority
    private let stranger: CertificateAuthority
    private let collector: FaultyCollector
    private var nginx: Nginx

    init(of collector: FaultyCollector, _ wrong: WrongCertificate) throws {
        self.collector = collector
        authority = try CertificateAuthority()
        stranger = try CertificateAuthority(named: "Stranger")
        switch wrong {
        case .ofAnotherHost: try authority.issue("wrong", subjectAltName: "DNS:other.example.org")
        case .expired: try authority.issue("wrong", days: -1)
        case .ofAStranger: try stranger.issue("wrong")
        }
        nginx = try Nginx([Self.site("wrong", of: wrong == .ofAStranger ? stranger : authority, before: collector)])
    }

    var url: String { nginx.url(0, "/v1/samples?verify_ssl=\(authority.path("ca.pem"))") }

    /// The right certificate, at the same port.
    func mend() throws {
        try authority.issue("right")
        let ports = nginx.ports
        nginx.stop()
        nginx = try Nginx([Self.site("right", of: authority, before: collector)], ports: ports)
    }

    private static func site(
        _ certificate: String, of authority: CertificateAuthority, before collector: FaultyCollector
    ) -> Nginx.Site {
        .init(certificate, of: authority, action: "proxy_pass http://127.0.0.1:\(collector.port);")
    }
}
