import FlyingFox
import FlyingSocks
import Foundation
import Synchronization

/// A collector that keeps the very bytes that it was sent, for comparing them.
final class BodyReceiver: Sendable {
    private struct State {
        var bodies: [Data] = []
        var refusal: Int?
    }

    private final class Box: Sendable {
        let state = Mutex(State())
    }

    private let box: Box
    private let server: HTTPServer
    private let task: Task<Void, Never>
    let port: UInt16

    /// Listens at a free port.
    init() async throws {
        let box = Box()
        self.box = box
        server = HTTPServer(address: try sockaddr_in.inet(ip4: "127.0.0.1", port: 0), logger: .disabled)
        await server.appendRoute("*") { request in
            let body = try await request.bodyData
            let refusal = box.state.withLock { state in
                if state.refusal == nil { state.bodies.append(body) }
                return state.refusal
            }
            if let refusal { return HTTPResponse(statusCode: HTTPStatusCode(refusal, phrase: "Refused")) }
            return HTTPResponse(statusCode: .ok)
        }
        let server = server
        task = Task { do { try await server.run() } catch {} }
        try await server.waitUntilListening(timeout: 10)
        guard case .ip4(_, let bound)? = await server.listeningAddress else {
            throw CommandError(description: "the receiver does not listen")
        }
        port = bound
    }

    /// Stops listening.
    func stop() async {
        await server.stop(timeout: 1)
        task.cancel()
    }

    var url: String { "http://127.0.0.1:\(port)/v1/samples" }

    /// Answers every request with that status, or takes bodies again.
    func refuse(_ status: Int?) { box.state.withLock { $0.refusal = status } }

    /// The bodies that were taken since the last look.
    func take() -> [Data] {
        box.state.withLock { state in
            defer { state.bodies = [] }
            return state.bodies
        }
    }
}
