import Foundation
import Glibc
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
        #expect(await problem(nginx.url(2), trusted) == .expired(.server))
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

    @Test func anExpiredAuthorityIsToldApartFromTheServer() async throws {
        let authority = try CertificateAuthority(named: "Old CA", days: -1)
        try authority.issue("good")
        let nginx = try Nginx([Nginx.Site("good", of: authority)])
        defer { nginx.stop() }
        let tls = TLSSettings(trust: .authorities(path: authority.path("ca.pem")))
        let error = await #expect(throws: TransferError.self) { try await perform(nginx.url(0), tls) }
        #expect(error?.tlsProblem == .expired(.authority))
        #expect(error?.detail.contains("the certificate of CN=Old CA is valid until ") == true)
        #expect(error?.advice.contains("the certificate of the CA has expired") == true)
    }

    /// One that blocks, as on a mount that hangs, would hold up the thread of all transfers.
    @Test func filesThatAreNoneAreToldAtOnce() async throws {
        let authority = try CertificateAuthority()
        try authority.issue("server")
        let nginx = try Nginx([Nginx.Site("server", of: authority)])
        defer { nginx.stop() }
        let fifo = authority.path("fifo")
        try #require(mkfifo(fifo, 0o600) == 0)
        let good = authority.path("ca.pem")
        let certificate = authority.path("server.pem")
        #expect(await problem(nginx.url(0), TLSSettings(trust: .authorities(path: fifo))) == .unusableAuthorities)
        for tls in [
            TLSSettings(trust: .authorities(path: good), clientCertificate: fifo),
            TLSSettings(trust: .authorities(path: good), clientCertificate: certificate, clientKey: fifo),
        ] {
            let error = await #expect(throws: TransferError.self) { try await perform(nginx.url(0), tls) }
            #expect(error?.tlsProblem == .unusableClientCertificate)
            #expect(error?.detail == "\(fifo) is no regular file")
        }
        #expect(try await perform(nginx.url(0), TLSSettings(trust: .authorities(path: good))).status == 204)
    }

    @Test func keysThatAreEncryptedOrNoneAreNamed() async throws {
        let authority = try CertificateAuthority()
        try authority.issue("server")
        try authority.openssl(
            "pkcs8", "-topk8", "-in", "server.key", "-passout", "pass:hunter2", "-out", "locked.key")
        try Data("none".utf8).write(to: URL(fileURLWithPath: authority.path("none.pem")))
        let nginx = try Nginx([Nginx.Site("server", of: authority)])
        defer { nginx.stop() }
        let trust = TLSSettings.Trust.authorities(path: authority.path("ca.pem"))
        let certificate = authority.path("server.pem")
        for (certificate, key, named) in [
            (certificate, authority.path("locked.key"), "locked.key"),
            (authority.path("none.pem"), authority.path("server.key"), "none.pem"),
            // A certificate without the key in it.
            (certificate, nil, "server.pem"),
        ] {
            let tls = TLSSettings(trust: trust, clientCertificate: certificate, clientKey: key)
            let error = await #expect(throws: TransferError.self) { try await perform(nginx.url(0), tls, Transfer()) }
            #expect(error?.tlsProblem == .unusableClientCertificate)
            #expect(error?.detail.contains(named) == true, "\(error?.detail ?? "")")
        }
        let none = TLSSettings(trust: .authorities(path: authority.path("none.pem")))
        let error = await #expect(throws: TransferError.self) { try await perform(nginx.url(0), none) }
        #expect(error?.tlsProblem == .unusableAuthorities)
        #expect(error?.detail.contains("none.pem") == true, "\(error?.detail ?? "")")
    }

    @Test func anAuthorityThatIsReplacedCountsAtOnce() async throws {
        let (old, new) = (try CertificateAuthority(named: "Old"), try CertificateAuthority(named: "New"))
        try old.issue("server")
        let nginx = try Nginx([Nginx.Site("server", of: old)])
        defer { nginx.stop() }
        let path = new.path("trusted.pem")
        func trust(_ authority: CertificateAuthority) throws {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: authority.path("ca.pem")))
            try bytes.write(to: URL(fileURLWithPath: path), options: .atomic)
        }
        let tls = TLSSettings(trust: .authorities(path: path))
        try trust(old)
        #expect(try await perform(nginx.url(0), tls).status == 204)
        // The kept connection was to a server that is trusted no more.
        try trust(new)
        #expect(await problem(nginx.url(0), tls) == .untrustedIssuer)
        try trust(old)
        #expect(try await perform(nginx.url(0), tls).status == 204)
    }

    @Test func aDirectoryOfAuthorities() async throws {
        let authority = try CertificateAuthority()
        try authority.issue("server")
        let nginx = try Nginx([Nginx.Site("server", of: authority)])
        defer { nginx.stop() }
        let directory = authority.path("trusted")
        let manager = FileManager.default
        try manager.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let tls = TLSSettings(trust: .authorities(path: directory))
        #expect(await problem(nginx.url(0), tls) == .unusableAuthorities)
        try manager.copyItem(atPath: authority.path("ca.pem"), toPath: directory + "/ca.pem")
        try authority.openssl("rehash", "trusted")
        // What OpenSSL would not look at, or could not read, costs the others nothing.
        try Data("none".utf8).write(to: URL(fileURLWithPath: directory + "/0a1b2c3d.0"))
        try #require(mkfifo(directory + "/0a1b2c3e.0", 0o600) == 0)
        #expect(try await perform(nginx.url(0), tls).status == 204)
        // A file that a link leads to changes the directory in nothing.
        let stranger = try CertificateAuthority(named: "Stranger")
        let other = try Data(contentsOf: URL(fileURLWithPath: stranger.path("ca.pem")))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: directory + "/ca.pem"))
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: other)
        try file.close()
        #expect(await problem(nginx.url(0), tls) == .untrustedIssuer)
        try manager.removeItem(atPath: directory + "/ca.pem")
        #expect(await problem(nginx.url(0), tls) == .unusableAuthorities)
    }
}
