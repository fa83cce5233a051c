import Configuration
import FlyingFox
import FlyingSocks
import Foundation
import Logging

/// Serves `GET /status` (JSON) and `GET /health` (200, or 503 with what is wrong) at `status_listen`.
struct StatusServer {
    private let server: HTTPServer

    /// A server at an address. Throws `StatusServerError` if its host is no IP address.
    init(
        _ address: ListenAddress, status: @escaping @Sendable () async -> [UInt8],
        problems: @escaping @Sendable () async -> [String: String]
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
            HTTPResponse(
                statusCode: .ok, headers: [.contentType: "application/json"], body: Data(await status()))
        }
        await server.appendRoute("GET /health") { _ in
            let problems = await problems()
            let lines = problems.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\n" }.joined()
            return HTTPResponse(
                statusCode: problems.isEmpty ? .ok : .serviceUnavailable, headers: [.contentType: "text/plain"],
                body: Data((problems.isEmpty ? "ok\n" : lines).utf8))
        }
    }

    /// Serves until the task is cancelled. Throws if the address cannot be listened at.
    func run() async throws {
        try await server.run()
    }
}

/// Why the status endpoint cannot be had.
struct StatusServerError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
