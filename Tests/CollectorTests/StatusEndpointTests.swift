import FlyingFox
import FoundationEssentials
import Testing

@testable import collector

@Suite struct StatusEndpointTests {
    /// What is got from a server that answers so.
    private func status(_ code: HTTPStatusCode, _ body: String, answers: Bool = true) async throws -> AgentStatus? {
        let server = try ListenAddress.standard.makeServer(
            handler: ClosureHTTPHandler { request in
                if !answers { try await Task.sleep(for: .seconds(60)) }
                guard request.path == "/status" else { return HTTPResponse(statusCode: .notFound) }
                return HTTPResponse(statusCode: code, body: Data(body.utf8))
            })
        let running = Task { try await server.run() }
        try await server.waitUntilListening()
        let port = try #require(await server.port)
        let endpoint = try #require(StatusEndpoint(argument: "http://127.0.0.1:\(port)/status"))
        let status = await endpoint.status(within: answers ? .seconds(30) : .milliseconds(50))
        running.cancel()
        _ = await running.result
        return status
    }

    @Test func aStatusIsRead() async throws {
        #expect(try await status(.ok, #"{"instances": [{"uuid": "u1"}]}"#)?.instances?.map(\.uuid) == ["u1"])
    }

    @Test func whateverElseIsNoStatus() async throws {
        #expect(try await status(.ok, "hello") == nil)
        #expect(try await status(.serviceUnavailable, "{}") == nil)
    }

    @Test func anAgentThatDoesNotAnswerIsNotWaitedFor() async throws {
        #expect(try await status(.ok, "{}", answers: false) == nil)
    }
}
