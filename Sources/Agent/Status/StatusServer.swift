import Configuration
import FlyingFox
import FlyingSocks
import Foundation
import Logging
import Threads

/// Serves `GET /status` (JSON) and `GET /health` (200, or 503 with what is wrong) at `status_listen`.
struct StatusServer {
    private let server: HTTPServer

    /// A server at an address, of whatever pages there are at a request, and healthy only if their agent is running. Throws `StatusServerError` if its host is no IP
    /// address.
    init(
        _ address: ListenAddress, pages: @escaping @Sendable () async -> StatusPages?,
        isRunning: @escaping @Sendable () async -> Bool
    ) async throws(StatusServerError) {
        let host = address.host == "localhost" ? "127.0.0.1" : address.host
        do {
            if host.contains(":") {
                server = HTTPServer(
                    address: try sockaddr_in6.inet6(ip6: host, port: address.port), logger: .disabled)
            } else {
                server = HTTPServer(
                    address: try sockaddr_in.inet(ip4: host, port: address.port), logger: .disabled)
            }
        } catch {
            throw StatusServerError(
                "[aerostat] status_listen: \(address.host) is no IP address; expected one such as 127.0.0.1")
        }
        await server.appendRoute("GET /status") { _ in
            guard let pages = await pages() else { return Self.ending }
            return HTTPResponse(
                statusCode: .ok, headers: [.contentType: "application/json"], body: Data(await pages.status()))
        }
        await server.appendRoute("GET /health") { _ in
            guard let pages = await pages(), await isRunning() else { return Self.ending }
            let problems = await pages.problems()
            let lines = problems.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\n" }.joined()
            return HTTPResponse(
                statusCode: problems.isEmpty ? .ok : .serviceUnavailable, headers: [.contentType: "text/plain"],
                body: Data((problems.isEmpty ? "ok\n" : lines).utf8))
        }
    }

    private static var ending: HTTPResponse {
        HTTPResponse(
            statusCode: .serviceUnavailable, headers: [.contentType: "text/plain"],
            body: Data("the agent is starting or ending\n".utf8))
    }

    /// Listens, and serves until the task that it gives is cancelled. Throws if the address cannot be listened at.
    func start(_ address: ListenAddress) async throws(StatusServerError) -> Task<Void, any Error> {
        let server = server
        // Whoever asks is served when there is nothing else to do; a client that sends a header without end gets no more.
        let serving = Task(priority: .utility) { try await server.run() }
        let (beginnings, continuation) = AsyncStream<(any Error)?>.makeStream()
        Task {
            do { try await serving.value } catch { continuation.yield(error) }
        }
        let waiting = Task {
            do {
                // Not its own wait, whose timer has Dispatch look for work once a second from then on.
                let limit = ContinuousClock.now + .seconds(5)
                while await !server.isListening {
                    guard ContinuousClock.now < limit else { throw SocketError.timeout(message: "not within 5 s") }
                    try await TaskThread.agent.sleep(for: .milliseconds(1))
                }
                continuation.yield(nil)
            } catch {
                continuation.yield(error)
            }
        }
        defer { waiting.cancel() }
        for await failure in beginnings {
            guard let failure else { return serving }
            serving.cancel()
            throw StatusServerError(
                "[aerostat] status_listen: \(address.host):\(address.port) cannot be listened at: "
                    + "\(Self.reason(failure)); end whoever listens there, or choose another address")
        }
        return serving
    }

    private static func reason(_ error: any Error) -> String {
        if case .failed(_, _, let message)? = error as? SocketError { message } else { "\(error)" }
    }
}

/// Why the status endpoint cannot be had.
struct StatusServerError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
