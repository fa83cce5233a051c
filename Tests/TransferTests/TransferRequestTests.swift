import Synchronization
import TestServers
import Testing
import Transfer

@Suite(.timeLimit(.minutes(1)))
struct TransferRequestTests {
    private let transfer = Transfer()

    @Test func postArrivesByteForByte() async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        let body = (0..<70_000).map { UInt8(truncatingIfNeeded: $0) }
        let headers = [TransferHeader("User-Agent", "aerostat/1"), TransferHeader("Content-type", "application/json")]
        let request = TransferRequest.patient(.post, server.url("/v1/samples?q=b+r#part"), headers: headers, body: body)
        let response = try await transfer.perform(request)
        #expect(response.status == 200)
        let received = try #require(server.requests.first)
        #expect(received.line == "POST /v1/samples?q=b+r HTTP/1.1")
        #expect(received.body == body)
        let fields = Set(received.fields)
        let host = "Host: 127.0.0.1:\(server.port)"
        #expect(
            fields == [
                host, "Accept: */*", "User-Agent: aerostat/1", "Content-type: application/json",
                "Content-Length: 70000",
            ])
    }

    @Test func largeBodyIsNotAnnouncedWithExpect() async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        let body = [UInt8](repeating: 0x61, count: 3_000_000)
        _ = try await transfer.perform(TransferRequest.patient(.post, server.url(), body: body))
        let received = try #require(server.requests.first)
        #expect(received.header("Expect") == nil)
        #expect(received.header("Content-Type") == nil)
        #expect(received.body.count == 3_000_000)
    }

    @Test(arguments: [
        TransferRequest.Method.get, .head, .post, .put, .patch, .delete,
    ])
    func methodWithoutBody(_ method: TransferRequest.Method) async throws {
        let server = try LoopbackServer { _ in .status(204) }
        defer { server.stop() }
        let response = try await transfer.perform(TransferRequest.patient(method, server.url("/m")))
        #expect(response.status == 204)
        #expect(server.requests.first?.line == "\(method.rawValue) /m HTTP/1.1")
        #expect(server.requests.first?.body.isEmpty == true)
    }

    @Test(arguments: [TransferRequest.Method.post, .put, .patch, .delete])
    func methodWithBody(_ method: TransferRequest.Method) async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        for body in [[], Array("{}".utf8)] {
            _ = try await transfer.perform(TransferRequest.patient(method, server.url("/m"), body: body))
            let received = try #require(server.requests.last)
            #expect(received.line == "\(method.rawValue) /m HTTP/1.1")
            #expect(received.header("content-length") == "\(body.count)")
            #expect(received.body == body)
        }
    }

    @Test func credentialsGoWithTheFirstRequest() async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        var request = TransferRequest.patient(.get, server.url())
        request.credentials = BasicCredentials(user: "us:er", password: "pä@ss")
        _ = try await transfer.perform(request)
        // printf 'us:er:pä@ss' | base64
        #expect(server.requests.map { $0.header("Authorization") } == ["Basic dXM6ZXI6cMOkQHNz"])
    }

    @Test func emptyHeaderValueIsSent() async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        let headers = [TransferHeader("X-Empty", "")]
        _ = try await transfer.perform(TransferRequest.patient(.get, server.url(), headers: headers))
        #expect(server.requests.first?.header("X-Empty") == "")
    }

    @Test(arguments: [
        TransferHeader("X", "a\r\nInjected: yes"), TransferHeader("X", "a\nb"), TransferHeader("X\r\nY", "a"),
        TransferHeader("X:", "a"), TransferHeader("", "a"), TransferHeader("X", "a\0b"),
    ])
    func headerWithLineBreakIsRefused(_ header: TransferHeader) async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        let error = await #expect(throws: TransferError.self) {
            try await transfer.perform(TransferRequest.patient(.get, server.url(), headers: [header]))
        }
        #expect(error?.code == .badHeader)
        #expect(server.requests.isEmpty)
    }

    @Test func unixSocketTakesThePlaceOfTheHost() async throws {
        let folder = try TemporaryFolder()
        let server = try LoopbackServer(unixSocket: folder.path("s"))
        defer { server.stop() }
        var request = TransferRequest.patient(.get, "http://collector.invalid/x")
        request.unixSocket = folder.path("s")
        let response = try await transfer.perform(request)
        #expect(response.status == 200)
        #expect(server.requests.first?.header("Host") == "collector.invalid")
    }

    @Test func connectionIsKept() async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        for _ in 0..<5 { _ = try await transfer.perform(TransferRequest.patient(.post, server.url(), body: [0x61])) }
        #expect(server.counts.requests == 5)
        #expect(server.counts.connections == 1)
    }

    @Test func connectionThatTheServerHasEndedIsReplaced() async throws {
        let server = try LoopbackServer { _ in .bytes(LoopbackAnswer.okAndClose) }
        defer { server.stop() }
        for count in 1...3 {
            let response = try await transfer.perform(TransferRequest.patient(.post, server.url(), body: [0x61]))
            #expect(response.status == 200)
            await server.wait { $0.closed == count }
        }
        #expect(server.counts.requests == 3)
    }
}

extension TransferRequestTests {
    /// As when the server's time for kept connections ends at that moment: libcurl begins anew, from the body's first byte.
    @Test func bodyIsSentAnewAfterTheConnectionWasLost() async throws {
        let answered = Atomic(0)
        let server = try LoopbackServer { _ in
            answered.add(1, ordering: .sequentiallyConsistent).newValue == 2 ? .bytes([]) : .ok
        }
        defer { server.stop() }
        let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for _ in 0..<2 {
            #expect(try await transfer.perform(.patient(.post, server.url(), body: body)).status == 200)
        }
        #expect(server.requests.map(\.body) == [body, body, body])
        #expect(server.counts.connections == 2)
    }

    @Test func emptyBodyIsSentAsOne() async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        #expect(try await transfer.perform(.patient(.post, server.url(), body: [])).status == 200)
        #expect(server.requests.first?.header("Content-Length") == "0")
    }
}

extension LoopbackAnswer {
    /// An answer that does not say that the connection ends with it.
    static let okAndClose = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)
}
