import TestServers
import Testing
import Transfer

@Suite(.timeLimit(.minutes(1)))
struct TransferTLSTests {
    private let transfer = Transfer()

    private func perform(
        _ url: String, _ tls: TLSSettings, _ transfer: Transfer? = nil
    ) async throws(TransferError) -> TransferResponse {
        var request = TransferRequest.patient(.post, url, body: Array("[]".utf8))
        request.tls = tls
        return try await (transfer ?? self.transfer).perform(request)
    }

    private func problem(_ url: String, _ tls: TLSSettings, _ transfer: Transfer? = nil) async -> TLSProblem? {
        let error = await #expect(throws: TransferError.self) { try await perform(url, tls, transfer) }
        #expect(error?.code == .tls, "\(error?.description ?? "")")
        #expect(error?.wasSent == false)
        #expect(error?.description.contains("\n") == false)
        return error?.tlsProblem
    }

    @Test func serverCertificates() async throws {
        let (authority, stranger) = (try CertificateAuthority(), try CertificateAuthority(named: "Stranger"))
        try authority.issue("good")
        try authority.issue("other", subjectAltName: "DNS:other.example.org")
        try authority.issue("old", days: -1)
        let nginx = try Nginx(["good", "other", "old"].map { Nginx.Site($0, of: authority) })
        defer { nginx.stop() }
        let trusted = TLSSettings(trust: .authorities(path: authority.path("ca.pem")))

        #expect(try await perform(nginx.url(0), trusted).status == 204)
        let strange = TLSSettings(trust: .authorities(path: stranger.path("ca.pem")))
        #expect(await problem(nginx.url(0), strange) == .untrustedIssuer)
        #expect(await problem(nginx.url(0), TLSSettings()) == .untrustedIssuer)
        #expect(await problem(nginx.url(1), trusted) == .wrongHostName)
        #expect(await problem(nginx.url(2), trusted) == .expired)
        for site in 0..<3 { #expect(try await perform(nginx.url(site), TLSSettings(trust: .anyone)).status == 204) }
        let absent = TLSSettings(trust: .authorities(path: authority.path("absent.pem")))
        #expect(await problem(nginx.url(0), absent) == .unusableAuthorities)
    }

    @Test func settingsOfOneRequestDoNotPassToTheNext() async throws {
        let authority = try CertificateAuthority()
        try authority.issue("good")
        let nginx = try Nginx([Nginx.Site("good", of: authority)])
        defer { nginx.stop() }
        #expect(try await perform(nginx.url(0), TLSSettings(trust: .anyone)).status == 204)
        // There is an open connection now, to a server that nobody has verified.
        #expect(await problem(nginx.url(0), TLSSettings()) == .untrustedIssuer)
    }

    @Test func clientCertificates() async throws {
        let (authority, stranger) = (try CertificateAuthority(), try CertificateAuthority(named: "Stranger"))
        try authority.issue("server")
        try authority.issue("client")
        try stranger.issue("client")
        let site = Nginx.Site("server", of: authority, clientAuthority: authority.path("ca.pem"))
        let nginx = try Nginx([site])
        defer { nginx.stop() }
        let trust = TLSSettings.Trust.authorities(path: authority.path("ca.pem"))
        let (certificate, key) = (authority.path("client.pem"), authority.path("client.key"))

        let given = TLSSettings(trust: trust, clientCertificate: certificate, clientKey: key)
        #expect(try await perform(nginx.url(0), given).status == 204)
        // nginx tells of a missing or strange certificate by an answer, not by TLS.
        let missing = try await perform(nginx.url(0), TLSSettings(trust: trust))
        #expect(missing.status == 400)
        #expect(String(decoding: missing.body, as: UTF8.self).contains("No required SSL certificate was sent"))
        let strange = TLSSettings(
            trust: trust, clientCertificate: stranger.path("client.pem"), clientKey: stranger.path("client.key"))
        #expect(try await perform(nginx.url(0), strange).status == 400)
        let mismatch = TLSSettings(trust: trust, clientCertificate: certificate, clientKey: stranger.path("client.key"))
        // On connections of its own: libcurl takes a kept connection for the same if the certificate's path is.
        let other = Transfer()
        #expect(await problem(nginx.url(0), mismatch, other) == .unusableClientCertificate)
        let absent = TLSSettings(trust: trust, clientCertificate: authority.path("absent.pem"))
        #expect(await problem(nginx.url(0), absent) == .unusableClientCertificate)
    }

    @Test func plainServerBehindHTTPS() async throws {
        let server = try LoopbackServer(answer: nil)
        defer { server.stop() }
        #expect(await problem("https://127.0.0.1:\(server.port)/", TLSSettings()) == .handshake)
    }
}
