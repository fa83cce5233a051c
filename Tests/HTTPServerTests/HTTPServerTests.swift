import Foundation
import Synchronization
import TestServers
import Testing

@testable import HTTPServer

/// The server alone, with clients of all kinds.
@Suite(.timeLimit(.minutes(2)))
struct HTTPServerTests {
    private static let large = [UInt8](repeating: UInt8(ascii: "x"), count: 8 * 1024 * 1024)

    private func server(_ limits: HTTPServer.Limits = HTTPServer.Limits()) throws -> HTTPServer {
        try HTTPServer(
            ip: "127.0.0.1", port: 0, limits: limits, isOwnName: { $0 == "compute-1" },
            handlers: [
                "/page": { _ in
                    HTTPResponse(
                        contentType: "application/json", fields: [("X-Extra", "1")],
                        body: [Array("[1, ".utf8), [], Array("2]".utf8)])
                },
                "/bad": { _ in .text("all is lost\n", status: 503) },
                "/empty": { _ in HTTPResponse(contentType: "text/plain", body: []) },
                "/large": { _ in
                    HTTPResponse(contentType: "text/plain", body: [Self.large, Self.large, Self.large, Self.large])
                },
            ])
    }

    private func answer(_ server: HTTPServer, _ request: String) async throws -> String {
        try await RawConnection.answer(port: server.port, request.replacingOccurrences(of: "\n", with: "\r\n"))
    }

    private func get(_ server: HTTPServer, _ path: String = "/page") async throws -> String {
        try await answer(server, "GET \(path) HTTP/1.1\nHost: 127.0.0.1\nConnection: close\n\n")
    }

    private func body(_ answer: String) -> String {
        answer.range(of: "\r\n\r\n").map { String(answer[$0.upperBound...]) } ?? ""
    }

    @Test func aPageInParts() async throws {
        let server = try server()
        let found = try await get(server)
        #expect(found.hasPrefix("HTTP/1.1 200 OK\r\n"))
        for field in [
            "Content-Type: application/json", "Content-Length: 6", "X-Extra: 1", "X-Content-Type-Options: nosniff",
        ] {
            #expect(found.contains("\r\n\(field)\r\n"), "\(field)")
        }
        #expect(body(found) == "[1, 2]")
        let bad = try await get(server, "/bad")
        #expect(bad.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
        #expect(body(bad) == "all is lost\n")
        #expect(try await get(server, "/empty").contains("\r\nContent-Length: 0\r\n"))
        #expect(try await body(get(server, "/large")).utf8.count == 4 * Self.large.count)
        #expect(try await body(get(server, "/page?a=/large")) == "[1, 2]")
        await server.close(within: .seconds(10))
    }

    @Test func headIsTheHeadAlone() async throws {
        let server = try server()
        let head = try await answer(server, "HEAD /page HTTP/1.1\nHost: 127.0.0.1\nConnection: close\n\n")
        #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(head.contains("\r\nContent-Length: 6\r\n"))
        #expect(body(head).isEmpty)
        await server.close(within: .seconds(10))
    }

    @Test func whatIsNotThere() async throws {
        let server = try server()
        for path in ["/", "/status", "/page/", "/PAGE", "/../page", "/page/../../etc/passwd", "//page", "/%2e%2e/page"]
        {
            #expect(try await get(server, path).hasPrefix("HTTP/1.1 404 Not Found\r\n"), "\(path)")
        }
        #expect(try await body(get(server, "/nothing")) == "not found; there is /bad, /empty, /large, /page\n")
        await server.close(within: .seconds(10))
    }

    /// Neither a body that is announced nor one without an end is read.
    @Test func otherMethodsAreRefused() async throws {
        let server = try server()
        let bodies = [
            "Content-Length: 0\n\n", "Content-Length: 9223372036854775807\n\nx",
            "Transfer-Encoding: chunked\n\nffffff\nx",
            "Expect: 100-continue\nContent-Length: 1000000\n\n", "\n",
        ]
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "BREW"] {
            for body in bodies {
                let found = try await answer(
                    server, "\(method) /page HTTP/1.1\nHost: 127.0.0.1\nConnection: close\n\(body)")
                #expect(found.hasPrefix("HTTP/1.1 405 Method Not Allowed\r\n"), "\(method) \(body): \(found)")
                #expect(found.contains("\r\nAllow: GET, HEAD\r\n"), "\(method) \(body)")
            }
        }
        #expect(try await answer(server, "POST /x HTTP/1.1\nHost: ::1\nConnection: close\n\n").contains(" 421 "))
        #expect(try await answer(server, "POST /x HTTP/1.1\nHost: [::1]\nConnection: close\n\n").contains(" 404 "))
        // A GET with a body has its answer, too.
        #expect(
            try await answer(server, "GET /page HTTP/1.1\nHost: localhost\nContent-Length: 99999999\n\n").hasSuffix(
                "[1, 2]"))
        await server.close(within: .seconds(10))
    }

    @Test func requestsOneAfterTheOtherAndAtOnce() async throws {
        let server = try server()
        let one = "GET /page HTTP/1.1\nHost: 127.0.0.1\n\n"
        let last = "GET /bad HTTP/1.1\nHost: 127.0.0.1\nConnection: close\n\n"
        let found = try await answer(server, one + one + "HEAD /bad HTTP/1.1\nHost: 127.0.0.1\n\n" + one + last)
        #expect(found.components(separatedBy: "HTTP/1.1 200 OK").count == 4)
        #expect(found.components(separatedBy: "[1, 2]").count == 4)
        #expect(found.components(separatedBy: "HTTP/1.1 503").count == 3)
        #expect(found.hasSuffix("all is lost\n"))
        await server.close(within: .seconds(10))
    }

    /// Each of these lines would have to be kept whole: 431 or 414 is the answer at once, not at its end.
    @Test func aHeadIsBounded() async throws {
        let server = try server()
        let long = String(repeating: "a", count: 2 * 1024 * 1024)
        for request in [
            "GET /page HTTP/1.1\r\nX: \(long)", "GET /\(long)", "GET /page HTTP/1.1\r\n\(long)", "\(long)",
            "GET /page HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: 300_000),
            "GET /page HTTP/1.1\r\nHost: \(long)", "GET /page?\(long) HTTP/1.1\r\n\r\n",
        ] {
            let connection = try RawConnection(port: server.port)
            connection.send(request)
            let found = connection.text()
            #expect(
                found.isEmpty || ["431", "414", "413", "400"].contains { found.hasPrefix("HTTP/1.1 \($0) ") },
                "\(request.prefix(30)): \(found.prefix(80))")
            #expect(!found.hasSuffix("…"), "\(request.prefix(30))")
        }
        #expect(try await body(get(server)) == "[1, 2]")
        await server.close(within: .seconds(10))
    }

    /// Whatever comes, the next client is served.
    @Test func hostileBytes() async throws {
        var limits = HTTPServer.Limits()
        limits.idle = .seconds(1)
        let server = try server(limits)
        let head = "GET /page HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        let texts = [
            "", "\r\n\r\n\r\n", "\0\0\0\0", "GET\r\n\r\n", "GET /page\r\n\r\n", "GET /page HTTP/0.9\r\n\r\n",
            "GET /page HTTP/9.9\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET http://evil.example/page HTTP/1.1\r\n\r\n",
            "CONNECT evil.example:443 HTTP/1.1\r\n\r\n",
            "GET /page HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "\(head)Content-Length: -1\r\n\r\n",
            "\(head)Content-Length: 1e9\r\n\r\n",
            "\(head)Content-Length: 99999999999999999999\r\n\r\n",
            "\(head)Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "\(head)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "\(head)Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            "\(head)Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx", "\(head)Transfer-Encoding: \u{1}\r\n\r\n",
            "\(head)Expect: 100-continue\r\n\r\n", "\(head)Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            "\(head) folded\r\n\r\n",
            "\(head)no colon\r\n\r\n", "\(head): no name\r\n\r\n", "\(head)Range: bytes=0-0,0-0\r\n\r\n",
            "GET /%00%ff%zz%2 HTTP/1.1\r\n\r\n",
        ]
        let binaries: [[UInt8]] = [
            // A TLS client's first words, and what every byte may be.
            [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03] + [UInt8](repeating: 7, count: 500),
            (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 255) },
        ]
        let port = server.port
        try await withThrowingTaskGroup(of: Void.self) { group in
            for bytes in texts.map({ Array($0.utf8) }) + binaries {
                group.addTask { _ = try await RawConnection.answer(port: port, bytes) }
            }
            try await group.waitForAll()
        }
        #expect(try await body(get(server)) == "[1, 2]")
        await server.close(within: .seconds(10))
    }

    /// No time-out helps them out: the oldest makes room for the next.
    @Test func idleConnectionsMakeRoom() async throws {
        var limits = HTTPServer.Limits()
        limits.idle = .seconds(3600)
        limits.connections = 8
        let server = try server(limits)
        var idle: [RawConnection] = []
        for number in 0..<200 {
            let connection = try RawConnection(port: server.port)
            if number % 2 == 0 { connection.send("GET /page HTTP/1.1\r\nX-Never") }
            idle.append(connection)
            if number % 20 == 0 { #expect(try await body(get(server)) == "[1, 2]") }
        }
        #expect(try await body(get(server)) == "[1, 2]")
        #expect(idle[0].text().isEmpty)
        await server.close(within: .seconds(10))
        #expect(idle[199].text().isEmpty)
    }

    @Test func idleConnectionsAreClosed() async throws {
        var limits = HTTPServer.Limits()
        limits.idle = .seconds(1)
        let server = try server(limits)
        let silent = try RawConnection(port: server.port)
        let kept = try RawConnection(port: server.port)
        kept.send("GET /page HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        #expect(silent.text().isEmpty)
        #expect(kept.text().hasSuffix("[1, 2]"))
        await server.close(within: .seconds(10))
    }

    /// More of those who take nothing than there may be connections: who comes is served, and the end waits for nobody.
    @Test func slowReadersHoldUpNobody() async throws {
        var limits = HTTPServer.Limits()
        limits.idle = .seconds(3600)
        limits.connections = 8
        let server = try server(limits)
        var slow: [RawConnection] = []
        for number in 0..<24 {
            let connection = try RawConnection(port: server.port, receiveBuffer: 4096)
            connection.send("GET /large HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            #expect(connection.receive(upTo: 17) == Array("HTTP/1.1 200 OK\r\n".utf8), "\(number)")
            slow.append(connection)
            #expect(try await body(get(server)) == "[1, 2]")
        }
        await server.close(within: .seconds(3600))
        for connection in slow { #expect(!connection.text().hasSuffix("…")) }
    }

    /// A client that takes its answer, but too slowly, loses it in the midst.
    @Test func anAnswerHasALimit() async throws {
        var limits = HTTPServer.Limits()
        limits.answer = .zero
        let server = try server(limits)
        #expect(try await body(get(server, "/large")).utf8.count < 4 * Self.large.count)
        await server.close(within: .seconds(10))
    }

    /// A handler that hangs: the end does not wait for it, and the address is free at once.
    @Test func theEndIsBounded() async throws {
        let hanging = DispatchSemaphore(value: 0)
        let (entries, entered) = AsyncStream<Void>.makeStream()
        let server = try HTTPServer(
            ip: "127.0.0.1", port: 0, isOwnName: { _ in false },
            handlers: [
                "/hangs": { _ in
                    entered.yield()
                    hanging.wait()
                    return .text("late")
                }
            ])
        let client = try RawConnection(port: server.port)
        client.send("GET /hangs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        for await _ in entries { break }
        await server.close(within: .milliseconds(10))
        let next = try HTTPServer(
            ip: "127.0.0.1", port: server.port, isOwnName: { _ in false }, handlers: ["/": { _ in .text("next") }])
        #expect(try await get(next, "/").hasSuffix("next"))
        hanging.signal()
        _ = client.text()
        await next.close(within: .seconds(10))
        await next.close(within: .seconds(10))
    }

    @Test func addresses() async throws {
        let first = try server()
        #expect(first.port != 0)
        let make = { (ip: String, port: UInt16) throws(HTTPServerError) in
            try HTTPServer(ip: ip, port: port, isOwnName: { _ in false }, handlers: ["/": { _ in .text("here") }])
        }
        for (ip, port, text) in [
            ("127.0.0.1", first.port, "Address already in use"), ("0.0.0.0", first.port, "Address already in use"),
            ("192.0.2.1", 0, "Cannot assign requested address"), ("localhost", 0, "localhost is no IP address"),
            ("", 0, " is no IP address"), ("127.1", 0, "127.1 is no IP address"),
        ] {
            let error = #expect(throws: HTTPServerError.self) { _ = try make(ip, port) }
            #expect(error?.description == text)
        }
        await first.close(within: .seconds(10))
        // Its connections linger, its port does not.
        let second = try make("0.0.0.0", first.port)
        #expect(try await get(second, "/").hasSuffix("here"))
        await second.close(within: .seconds(10))
        #expect(throws: POSIXError.self) { try RawConnection(port: second.port) }
        let v6 = try make("::1", 0)
        let request = "GET / HTTP/1.1\r\nHost: [::1]:\(v6.port)\r\nConnection: close\r\n\r\n"
        #expect(try await RawConnection.answer(ip: "::1", port: v6.port, request).hasSuffix("here"))
        await v6.close(within: .seconds(10))
    }

    /// A server that nobody has any more ends by itself.
    @Test func itEndsWithItsOwner() async throws {
        let port: UInt16
        do {
            let server = try server()
            port = server.port
            #expect(try await body(get(server)) == "[1, 2]")
        }
        #expect(throws: POSIXError.self) { try RawConnection(port: port) }
    }
}
