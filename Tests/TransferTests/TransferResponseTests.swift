import Foundation
import Glibc
@testable import TestServers
import Testing
import Transfer

@Suite(.timeLimit(.minutes(1)))
struct TransferResponseTests {
    private let transfer = Transfer()

    private func answer(_ answer: LoopbackAnswer, maximumBodyBytes: Int = 65_536) async throws -> TransferResponse {
        let server = try LoopbackServer { _ in answer }
        defer { server.stop() }
        var request = TransferRequest.patient(.post, server.url(), body: [])
        request.maximumBodyBytes = maximumBodyBytes
        return try await transfer.perform(request)
    }

    @Test func statusHeaderAndBody() async throws {
        let response = try await answer(
            .status(418, headers: ["Retry-After: 7", "x-MIXED:  a b \t"], body: Array("tea".utf8)))
        #expect(response.status == 418)
        #expect(response.header("RETRY-AFTER") == "7")
        #expect(response.header("X-Mixed") == "a b")
        #expect(response.header("absent") == nil)
        #expect(response.body == Array("tea".utf8))
        #expect(!response.isTruncated)
    }

    @Test func bodyIsKeptUpToTheLimit() async throws {
        let body = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let response = try await answer(.status(200, body: body), maximumBodyBytes: 1000)
        #expect(response.body == Array(body.prefix(1000)))
        #expect(response.isTruncated)
        let exact = try await answer(.status(200, body: Array(body.prefix(1000))), maximumBodyBytes: 1000)
        #expect(exact.body.count == 1000)
        #expect(!exact.isTruncated)
    }

    @Test func connectionSurvivesALongBody() async throws {
        let server = try LoopbackServer { _ in .status(200, body: [UInt8](repeating: 0x61, count: 500_000)) }
        defer { server.stop() }
        var request = TransferRequest.patient(.get, server.url())
        request.maximumBodyBytes = 0
        for _ in 0..<2 { _ = try await transfer.perform(request) }
        #expect(server.counts.connections == 1)
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func redirectIsAnAnswerLikeAnyOther(_ status: Int) async throws {
        let server = try LoopbackServer { _ in .status(status, headers: ["Location: /moved"]) }
        defer { server.stop() }
        let response = try await transfer.perform(TransferRequest.patient(.post, server.url("/x"), body: [0x61]))
        #expect(response.status == status)
        #expect(response.header("location") == "/moved")
        #expect(server.counts.requests == 1)
    }

    @Test func interimAnswerIsForgotten() async throws {
        let text =
            "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Final: 1\r\n\r\nok"
        let response = try await answer(.bytes(Array(text.utf8)))
        #expect(response.status == 200)
        #expect(response.header("X-Interim") == nil)
        #expect(response.header("X-Final") == "1")
        #expect(response.body == Array("ok".utf8))
    }

    @Test func chunkedBody() async throws {
        let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        #expect(try await answer(.bytes(Array(text.utf8))).body == Array("abcde".utf8))
    }

    @Test func endlessHeaderIsBounded() async throws {
        let fields = (0..<2000).map { "X-\($0): \($0)" }
        #expect(try await answer(.status(200, headers: fields)).headers.count <= 256)
    }

    /// What is wanted of the answer is in its header.
    @Test(arguments: [
        LoopbackAnswer.stall(Array("HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nhalf".utf8)),
        .bytes(Array("HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nhalf".utf8)),
        .bytes(Array("HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\nbad".utf8)),
        .stall(Array("HTTP/1.1 202 Accepted\r\n\r\n".utf8)),
        .status(202, body: [UInt8](repeating: 0x61, count: 5_000_000)),
    ])
    func aBodyWithoutAnEndIsNotNeeded(_ answer: LoopbackAnswer) async throws {
        let server = try LoopbackServer { _ in answer }
        defer { server.stop() }
        var request = TransferRequest.patient(.post, server.url(), body: [])
        request.needsBody = false
        request.timeout = .seconds(600)
        let response = try await transfer.perform(request)
        #expect(response.status == 202)
        #expect(response.isTruncated)
        await server.wait { $0.closed == 1 }
    }

    /// A server that answers 2xx at once, and reads nothing of the body, has taken nothing.
    @Test(arguments: ["Content-Length: 0\r\n\r\n", "Content-Length: 9\r\n\r\n", "Connection: close\r\n\r\n"])
    func aSuccessBeforeTheRequestIsNone(_ rest: String) async throws {
        let socket = try ListeningSocket()
        let isOver = DispatchSemaphore(value: 0)
        let closes = rest.hasPrefix("Connection")
        Thread.detachNewThread {
            let descriptor = accept(socket.descriptor, nil, nil)
            let text = "HTTP/1.1 200 OK\r\n\(rest)"
            _ = send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL))
            if !closes { isOver.wait() }
            close(descriptor)
            close(socket.descriptor)
        }
        // More than the buffers of both sides hold.
        var request = TransferRequest(
            .post, "http://127.0.0.1:\(socket.port)/", body: [UInt8](repeating: 0x61, count: 64 << 20))
        request.needsBody = false
        request.timeout = .seconds(5)
        let error = await #expect(throws: TransferError.self) { try await transfer.perform(request) }
        isOver.signal()
        #expect(error?.code == (closes ? .sendReceive : .timeout))
    }

    /// One that answers early and goes on reading has taken it, once it has read all.
    @Test func aSuccessBeforeTheRequestCountsWithItsEnd() async throws {
        let socket = try ListeningSocket()
        let size = 64 << 20
        Thread.detachNewThread {
            let descriptor = accept(socket.descriptor, nil, nil)
            let text = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
            _ = send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL))
            var chunk = [UInt8](repeating: 0, count: 1 << 20)
            while recv(descriptor, &chunk, chunk.count, 0) > 0 {}
            close(descriptor)
            close(socket.descriptor)
        }
        var request = TransferRequest.patient(
            .post, "http://127.0.0.1:\(socket.port)/", body: [UInt8](repeating: 0x61, count: size))
        request.needsBody = false
        #expect(try await transfer.perform(request).status == 200)
    }

    /// Half a header says nothing, and of an error the reason is wanted.
    @Test(arguments: ["HTTP/1.1 202 Accepted\r\nContent-Le", "HTTP/1.1 400 No\r\nContent-Length: 100\r\n\r\nhalf"])
    func whatIsNotTakenNeedsAWholeAnswer(_ beginning: String) async throws {
        let server = try LoopbackServer { _ in .bytes(Array(beginning.utf8)) }
        defer { server.stop() }
        var request = TransferRequest.patient(.post, server.url(), body: [])
        request.needsBody = false
        let error = await #expect(throws: TransferError.self) { try await transfer.perform(request) }
        #expect(error?.code == .sendReceive)
    }
}
