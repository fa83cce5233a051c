import TestServers
import Testing
import Transfer

@Suite(.timeLimit(.minutes(1)))
struct TransferErrorTests {
    private let transfer = Transfer()

    private func failure(_ request: TransferRequest) async throws -> TransferError {
        let error = await #expect(throws: TransferError.self) { try await transfer.perform(request) }
        return try #require(error)
    }

    private func failure(
        within limit: Duration? = nil, _ answer: @escaping @Sendable (LoopbackRequest) -> LoopbackAnswer
    ) async throws -> TransferError {
        let server = try LoopbackServer(answer: answer)
        defer { server.stop() }
        var request = TransferRequest.patient(.post, server.url("/x"), body: [0x61])
        if let limit { request.timeout = limit }
        return try await failure(request)
    }

    @Test func nobodyListens() async throws {
        let url = "http://127.0.0.1:\(try freePort())/x"
        let error = try await failure(TransferRequest.patient(.get, url))
        #expect(error.code == .connect)
        #expect(!error.wasSent)
        #expect(error.url == url)
        #expect(error.description.contains("refused"))
        #expect(error.description.contains("check that the server runs"))
    }

    @Test func unknownName() async throws {
        let error = try await failure(TransferRequest.patient(.get, "http://collector.invalid/x"))
        #expect(error.code == .resolve)
        #expect(!error.wasSent)
        #expect(error.detail.contains("collector.invalid"))
    }

    @Test func hangingAfterTheRequest() async throws {
        let error = try await failure(within: .seconds(2)) { _ in .hang }
        #expect(error.code == .timeout)
        #expect(error.wasSent)
    }

    @Test func hangingBeforeTLS() async throws {
        // Accepts the connection and never says a word of TLS.
        let server = try LoopbackServer { _ in .hang }
        defer { server.stop() }
        var request = TransferRequest.patient(.get, "https://127.0.0.1:\(server.port)/")
        request.connectTimeout = .milliseconds(300)
        let error = try await failure(request)
        #expect(error.code == .timeout)
        #expect(!error.wasSent)
    }

    @Test func endWithoutAnswer() async throws {
        let error = try await failure { _ in .bytes([]) }
        #expect(error.code == .sendReceive)
        #expect(error.wasSent)
    }

    @Test func reset() async throws {
        let error = try await failure { _ in .reset }
        #expect(error.code == .sendReceive)
        #expect(error.wasSent)
    }

    /// What a dying server or proxy leaves must not count as its word.
    @Test(arguments: [
        "HTTP/1.1 2", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 400 Bad Request\r\nContent-Le", "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
    ])
    func halfAnAnswer(_ beginning: String) async throws {
        let error = try await failure { _ in .bytes(Array(beginning.utf8)) }
        #expect(error.code == .sendReceive)
        #expect(error.wasSent)
    }

    @Test func noHTTP() async throws {
        let error = try await failure { _ in .bytes(Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)) }
        #expect([.sendReceive, .badURL].contains(error.code))
        #expect(error.wasSent)
    }

    @Test(arguments: [
        "ftp://127.0.0.1/x", "file:///etc/passwd", "no url", "http://h/a b", "http://h/\u{1}", "http://", "",
    ])
    func badURL(_ url: String) async throws {
        #expect(try await failure(TransferRequest.patient(.get, url)).code == .badURL)
    }

    @Test func errorShowsNoPassword() async throws {
        let url = "http://user:hunter2@127.0.0.1:\(try freePort())/x?token=hunter2"
        let error = try await failure(TransferRequest.patient(.get, url))
        #expect(!error.description.contains("hunter2"))
        #expect(error.description.contains("user:***@127.0.0.1"))
        #expect(!String(reflecting: error).contains("hunter2"))
    }

    @Test func credentialsAreNotShown() {
        var request = TransferRequest.patient(.get, "http://h/")
        request.credentials = BasicCredentials(user: "u", password: "hunter2")
        var dumped = ""
        dump(request, to: &dumped)
        #expect(!dumped.contains("hunter2"))
        #expect(!"\(request)".contains("hunter2"))
    }
}
