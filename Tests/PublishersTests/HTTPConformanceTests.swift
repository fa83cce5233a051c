import Configuration
import Foundation
import Outbox
import TestServers
import Testing
import Transfer

@testable import Publishers

/// Every case of Ceilometer's http publisher over plain HTTP, against a real server. Where we differ on purpose, the
/// difference stands in `Difference`.
@Suite(.timeLimit(.minutes(1)))
struct HTTPConformanceTests {
    private enum Difference {
        /// Credentials are percent-decoded, and a user needs no password.
        static let authorization = [
            "basic auth": "us:er:pa@ss", "username without password": "user:",
        ]
        /// A redirect is not followed: only the first request comes.
        static let redirects: Set = [
            "301: redirect followed, POST becomes GET without body", "307: redirect followed with body",
        ]
        /// What no JSON can say is not sent.
        static let nothingSent: Set = ["NaN and infinity volume"]
    }

    static let cases = Result { try GoldenCase.all("http") }

    private static func named(_ predicate: (GoldenCase) -> Bool) throws -> [GoldenCase] {
        try cases.get().filter { $0.url.hasPrefix("http:") && predicate($0) }
    }

    @Test func nothingIsMissing() throws {
        let all = try Self.cases.get()
        #expect(all.count == 32)
        let tested = try Self.sent().count + Self.unanswered().count + Self.invalid().count
        #expect(tested + all.filter { $0.url.hasPrefix("https:") }.count == all.count)
    }

    private static func invalid() throws -> [GoldenCase] {
        try named { $0.result == "constructor raised" && Difference.authorization[$0.name] == nil }
    }

    private static func unanswered() throws -> [GoldenCase] {
        try named { $0.result == "raised" }
    }

    private static func sent() throws -> [GoldenCase] {
        try named { $0.result == "returned" || Difference.authorization[$0.name] != nil }
    }

    @Test func sameBytesArrive() async throws {
        for golden in try Self.sent() { try await checkSent(golden) }
    }

    private func checkSent(_ golden: GoldenCase) async throws {
        let server = try LoopbackServer { _ in
            .status(golden.status ?? 200, headers: golden.location.map { ["Location: \($0)"] } ?? [])
        }
        defer { server.stop() }
        let port = "\(server.port)"
        let url = golden.url.replacingOccurrences(of: "PORT", with: port)
        let publisher = try #require(
            Make.publisher(Make.patient(url)).publisher as? HTTPPublisher, "\(golden.name)")
        if let target = golden.target {
            // The fragment is never sent, so it is not kept.
            let expected = target.replacingOccurrences(of: "PORT", with: port).split(separator: "#")[0]
            #expect(publisher.parameters.target == expected, "\(golden.name)")
        }
        let rounds = golden.name == "two calls reuse the connection" ? 2 : 1
        var deliveries: [Delivery] = []
        for _ in 0..<rounds {
            for payload in publisher.payloads(for: golden.samples) {
                deliveries.append(await publisher.deliver(payload))
            }
        }
        checkRequests(server.requests, golden)
        check(deliveries, golden)
        if !Difference.redirects.contains(golden.name), golden.result == "returned" {
            let connections = Difference.nothingSent.contains(golden.name) ? 0 : golden.connections
            #expect(server.counts.connections == connections, "\(golden.name)")
        }
    }

    private func checkRequests(_ received: [LoopbackRequest], _ golden: GoldenCase) {
        var expected = golden.requests
        if Difference.redirects.contains(golden.name) { expected = Array(expected.prefix(1)) }
        if Difference.nothingSent.contains(golden.name) { expected = [] }
        if golden.name == "username without password" {
            #expect(received.count == 1)
        } else {
            #expect(received.map(\.line) == expected.map(\.line), "\(golden.name)")
            #expect(received.map(\.text) == expected.map(\.body), "\(golden.name)")
        }
        for request in received {
            #expect(request.header("Content-type") == "application/json")
            #expect(request.header("Content-Length") == "\(request.body.count)")
            #expect(request.header("User-Agent") == "aerostat/0.1")
            let credentials = Difference.authorization[golden.name].map { Data($0.utf8).base64EncodedString() }
            #expect(request.header("Authorization") == credentials.map { "Basic \($0)" }, "\(golden.name)")
        }
    }

    private func check(_ deliveries: [Delivery], _ golden: GoldenCase) {
        let expected =
            switch golden.status ?? 200 {
            case 200..<300: "delivered"
            case 301, 307, 404: "refused"
            case 400: "rejected"
            default: "retry"
            }
        for delivery in deliveries {
            #expect(delivery.kind == expected, "\(golden.name)")
            if let location = golden.location { #expect(delivery.reason.contains(location)) }
        }
    }

    @Test func withoutAnswerNothingIsLost() async throws {
        let cases = try Self.unanswered()
        #expect(cases.count == 3)
        for golden in cases {
            let server = try golden.isDelayed ? LoopbackServer { _ in .hang } : nil
            defer { server?.stop() }
            let port = try server?.port ?? freePort()
            let url = golden.url.replacingOccurrences(of: "PORT", with: "\(port)")
            let publisher = try #require(Make.publisher(url).publisher)
            for payload in publisher.payloads(for: golden.samples) {
                let delivery = await publisher.deliver(payload)
                #expect(delivery.kind == "retry", "\(golden.name)")
                #expect(delivery.reason.contains("127.0.0.1:\(port)"))
            }
            // The last may be with the system still.
            await server?.wait { $0.requests >= golden.requests.count }
            #expect(server?.counts.requests ?? 0 == golden.requests.count, "\(golden.name)")
        }
    }

    @Test func whatRaisesThereIsAnErrorHere() throws {
        let cases = try Self.invalid()
        #expect(cases.count == 2)
        for golden in cases {
            let (publisher, diagnostics) = Make.publisher(golden.url.replacingOccurrences(of: "PORT", with: "80"))
            #expect(publisher == nil, "\(golden.name)")
            #expect(diagnostics.map(\.severity) == [.error])
            #expect(diagnostics.first?.location == Make.place)
        }
    }

    @Test func badNumbersAreToldWithTheirPlace() throws {
        let (publisher, diagnostics) = Make.publisher("http://127.0.0.1:80/x?timeout=abc&max_retries=xyz&batch=maybe")
        #expect(publisher != nil)
        #expect(diagnostics.map(\.severity) == [.warning, .warning, .warning])
        for (diagnostic, name) in zip(diagnostics, ["timeout=abc", "max_retries=xyz", "batch=maybe"]) {
            #expect(diagnostic.location == Make.place)
            #expect(diagnostic.message.contains(name))
        }
    }
}
