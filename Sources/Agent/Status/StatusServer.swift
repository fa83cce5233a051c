import Configuration
import Glibc
import HTTPServer

/// Serves `/status` (JSON) and `/health` (200, or 503 with what is wrong) at `status_listen`.
struct StatusServer {
    private let server: HTTPServer

    /// Serves an agent's pages at an address, whatever agent there is at a request; `isRunning`: it has not ended. Throws
    /// `StatusServerError` if the address cannot be listened at.
    init(
        _ address: ListenAddress, shown: @escaping @Sendable () -> (pages: StatusPages?, isRunning: Bool)
    ) throws(StatusServerError) {
        let machine = Self.machineName
        do throws(HTTPServerError) {
            server = try HTTPServer(
                ip: address.host == "localhost" ? "127.0.0.1" : address.host, port: address.port,
                isOwnName: { name in
                    [machine, shown().pages?.host.lowercased()].contains { own in
                        // compute-1.example.com is compute-1, too: a name without a domain cannot be an attacker's.
                        own == name || own?.hasPrefix(name + ".") == true && !name.contains(".")
                    }
                },
                handlers: [
                    "/status": { _ in
                        guard let pages = shown().pages else { return Self.ending }
                        return HTTPResponse(contentType: "application/json", body: pages.status())
                    },
                    "/health": { _ in
                        guard case (let pages?, true) = shown() else { return Self.ending }
                        let problems = pages.problems()
                        let lines = problems.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\n" }.joined()
                        return problems.isEmpty ? .text("ok\n") : .text(lines, status: 503)
                    },
                ])
        } catch {
            throw StatusServerError(address, error)
        }
    }

    private static var ending: HTTPResponse { .text("the agent is starting or ending\n", status: 503) }

    /// The machine's host name, in small letters.
    private static var machineName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).lowercased()
    }

    /// The port, which the system has chosen if the address has 0.
    var port: UInt16 { server.port }

    /// Ends it within a second. The address is free when it returns.
    func close() async { await server.close(within: .seconds(1)) }
}

/// Why the status endpoint cannot be had.
struct StatusServerError: Error, CustomStringConvertible {
    let description: String
    /// Whether the address is in use.
    let isTaken: Bool

    init(_ address: ListenAddress, _ cause: HTTPServerError) {
        let option = "[aerostat] status_listen"
        if case .notAnIPAddress = cause {
            description = "\(option): \(cause); expected one such as 127.0.0.1"
        } else {
            description =
                "\(option): \(address.host):\(address.port) cannot be listened at: \(cause); stop the process that listens there, or "
                + "choose another address"
        }
        isTaken = if case .cannotListen(EADDRINUSE) = cause { true } else { false }
    }
}
