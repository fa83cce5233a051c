import TestServers
import Testing

@testable import Publishers

@Suite(.timeLimit(.minutes(1)))
struct HTTPInspectionTests {
    private func inspect(_ url: String) async throws -> InspectionFinding {
        let findings = try await #require(HTTPInspection(url: url, context: Make.context())).run()
        try #require(findings.count == 1)
        return findings[0]
    }

    @Test(arguments: [
        (200, InspectionFinding.Severity.good), (204, .good), (405, .good), (400, .good), (422, .good), (404, .warning),
        (410, .warning), (500, .warning), (503, .warning), (301, .failure), (401, .failure), (403, .failure),
    ])
    func whatAnAnswerTells(_ status: Int, _ severity: InspectionFinding.Severity) async throws {
        let server = try LoopbackServer { _ in .status(status) }
        defer { server.stop() }
        let finding = try await inspect(server.url("/v1?timeout=50"))
        #expect(finding.severity == severity)
        #expect(finding.text.contains("HTTP \(status)"))
        let request = try #require(server.requests.first)
        #expect(request.line == "OPTIONS /v1 HTTP/1.1")
        #expect(request.body.isEmpty)
        #expect(server.counts.requests == 1)
    }

    @Test func aBodyWithoutAnEndIsAnAnswer() async throws {
        let server = try LoopbackServer { _ in .stall(Array("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".utf8)) }
        defer { server.stop() }
        #expect(try await inspect(server.url("/v1?timeout=50")).severity == .good)
    }

    @Test func nobodyListens() async throws {
        let port = try ReservedPort()
        let finding = try await inspect("http://127.0.0.1:\(port.number)/x?timeout=50")
        #expect(finding.severity == .failure)
        #expect(finding.text.contains("check that the server runs"))
    }

    /// A certificate that is missing shows in the answer alone.
    @Test func theClientsCertificateIsTried() async throws {
        let authority = try CertificateAuthority()
        try authority.issue("server")
        try authority.issue("client")
        let nginx = try Nginx([Nginx.Site("server", of: authority, clientAuthority: authority.path("ca.pem"))])
        defer { nginx.stop() }
        let url = nginx.url(0) + "?timeout=50&verify_ssl=\(authority.path("ca.pem"))"
        let missing = try await inspect(url)
        #expect(missing.severity == .failure)
        #expect(missing.text.contains("the server requires a client certificate"))
        let given = "&clientcert=\(authority.path("client.pem"))&clientkey=\(authority.path("client.key"))"
        #expect(try await inspect(url + given).severity == .good)
        #expect(try await inspect(nginx.url(0) + "?timeout=50").text.contains("not signed by a trusted CA"))
    }

    @Test func othersHaveNone() {
        for url in ["file:///tmp/x", "test://", "gnocchi+http://h", "http:/x"] {
            #expect(HTTPInspection(url: url, context: Make.context()) == nil)
        }
    }
}
