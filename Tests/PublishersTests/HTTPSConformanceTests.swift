import Configuration
import Foundation
import Outbox
import TestServers
import Testing
import Transfer

@testable import Publishers

/// Every case of Ceilometer's http publisher over TLS, against a real nginx that hands on what it got.
@Suite(.timeLimit(.minutes(1)))
struct HTTPSConformanceTests {
    @Test func sameBytesArrive() async throws {
        let authority = try CertificateAuthority()
        for name in ["server", "cli"] { try authority.issue(name) }
        try (contents(authority, "cli.pem") + contents(authority, "cli.key")).write(
            toFile: authority.path("cliboth.pem"), atomically: true, encoding: .utf8)
        let receiver = try LoopbackServer()
        defer { receiver.stop() }
        let action = "proxy_set_header X-Client $ssl_client_s_dn; proxy_pass http://127.0.0.1:\(receiver.port);"
        let nginx = try Nginx([
            .init("server", of: authority, action: action),
            .init("server", of: authority, clientAuthority: authority.path("ca.pem"), action: action),
        ])
        defer { nginx.stop() }

        let cases = try GoldenCase.all("http").filter { $0.url.hasPrefix("https:") }
        #expect(cases.count == 6)
        for golden in cases {
            let count = receiver.requests.count
            let isMutual = golden.name.hasPrefix("mTLS")
            let url = golden.url.replacingOccurrences(of: "PORT", with: "\(nginx.ports[isMutual ? 1 : 0])")
                .replacingOccurrences(of: "DIR", with: authority.folder.url.path)
            let (made, diagnostics) = Make.publisher(Make.patient(url))
            let publisher = try #require(made)
            #expect(diagnostics.isEmpty, "\(golden.name)")
            let payload = try #require(publisher.payloads(for: golden.samples).first)
            let delivery = await publisher.deliver(payload)
            let received = receiver.requests.dropFirst(count)
            #expect(received.map(\.line) == golden.requests.map(\.line), "\(golden.name)")
            #expect(received.map(\.text) == golden.requests.map(\.body), "\(golden.name)")
            #expect((delivery == .delivered) == (golden.result == "returned"), "\(golden.name): \(delivery)")
            if isMutual, let request = received.first { #expect(request.header("X-Client") == "CN=cli") }
        }
    }

    private func contents(_ authority: CertificateAuthority, _ name: String) throws -> String {
        try String(contentsOfFile: authority.path(name), encoding: .utf8)
    }

    /// The delivery of one sample, and its reason, which must be one line that names the URL.
    private func deliver(_ url: String) async throws -> Delivery {
        let publisher = try #require(Make.publisher(Make.patient(url)).publisher)
        let payload = try #require(publisher.payloads(for: Make.samples(1)).first)
        let delivery = await publisher.deliver(payload)
        if delivery != .delivered {
            #expect(!delivery.reason.contains("\n"))
            #expect(delivery.reason.hasPrefix("POST https://127.0.0.1:"))
        }
        return delivery
    }

    @Test func eachProblemIsOneClearLine() async throws {
        let (authority, stranger) = (try CertificateAuthority(), try CertificateAuthority(named: "Stranger"))
        try authority.issue("good")
        try authority.issue("other", subjectAltName: "DNS:other.example.org")
        try authority.issue("old", days: -1)
        try authority.issue("client")
        try stranger.issue("client")
        let nginx = try Nginx([
            .init("good", of: authority), .init("other", of: authority), .init("old", of: authority),
            .init("good", of: authority, clientAuthority: authority.path("ca.pem")),
        ])
        defer { nginx.stop() }
        let trusted = "/x?verify_ssl=\(authority.path("ca.pem"))"
        let client = "&clientcert=\(authority.path("client.pem"))&clientkey=\(authority.path("client.key"))"

        #expect(try await deliver(nginx.url(0, trusted)) == .delivered)
        #expect(try await deliver(nginx.url(3, trusted + client)) == .delivered)

        var delivery = try await deliver(nginx.url(0, "/x?verify_ssl=\(stranger.path("ca.pem"))"))
        #expect(delivery.kind == "retry")
        #expect(delivery.reason.hasSuffix("trust the CA that signed it: set verify_ssl to its path"))
        delivery = try await deliver(nginx.url(1, trusted))
        #expect(delivery.kind == "retry")
        #expect(delivery.reason.contains("certificate is for another host name"))
        delivery = try await deliver(nginx.url(2, trusted))
        #expect(delivery.kind == "retry")
        #expect(delivery.reason.contains("certificate has expired; renew it"))
        delivery = try await deliver(nginx.url(3, trusted))
        #expect(delivery.kind == "refused")
        #expect(delivery.reason.contains("requires a client certificate"))
        #expect(delivery.reason.hasSuffix("set clientcert and clientkey"))
        let strange = "&clientcert=\(stranger.path("client.pem"))&clientkey=\(stranger.path("client.key"))"
        delivery = try await deliver(nginx.url(3, trusted + strange))
        #expect(delivery.kind == "refused")
        #expect(delivery.reason.contains("does not trust our client certificate"))
        delivery = try await deliver(nginx.url(0, "/x?verify_ssl=\(authority.path("absent.pem"))"))
        #expect(delivery.kind == "retry")
        #expect(delivery.reason.contains("CA certificates cannot be read"))
    }

    @Test func plainHTTPToATLSPort() async throws {
        let authority = try CertificateAuthority()
        try authority.issue("good")
        let nginx = try Nginx([.init("good", of: authority)])
        defer { nginx.stop() }
        let publisher = try #require(Make.publisher("http://127.0.0.1:\(nginx.ports[0])/x?timeout=50").publisher)
        let delivery = await publisher.deliver(try #require(publisher.payloads(for: Make.samples(1)).first))
        #expect(delivery.kind == "refused")
        #expect(delivery.reason.contains("use https://"))
    }
}
