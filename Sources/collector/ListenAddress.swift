import ArgumentParser
import FlyingFox
import FlyingSocks
import Glibc

/// An IP address and a port: `127.0.0.1:8080`, `[::1]:8080`. But for `localhost` no names, so that nothing is looked up.
struct ListenAddress: Hashable {
    /// The IP address, without brackets.
    let host: String
    /// The port; 0 lets the system choose.
    let port: UInt16

    /// Loopback, on a port that the system chooses.
    static let standard = ListenAddress(host: "127.0.0.1", port: 0)

    private init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// The address with another port.
    func with(port: UInt16) -> ListenAddress { ListenAddress(host: host, port: port) }

    /// A server on this address that is not running yet.
    func makeServer(handler: (any HTTPHandler)?) throws -> HTTPServer {
        if host.contains(":") {
            return HTTPServer(
                address: try sockaddr_in6.inet6(ip6: host, port: port), logger: .disabled, handler: handler)
        }
        return HTTPServer(address: try sockaddr_in.inet(ip4: host, port: port), logger: .disabled, handler: handler)
    }

    /// One request to this address, and the answer.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        var client = HTTPClient()
        if host.contains(":") {
            return try await client.sendHTTPRequest(request, to: try sockaddr_in6.inet6(ip6: host, port: port))
        }
        return try await client.sendHTTPRequest(request, to: try sockaddr_in.inet(ip4: host, port: port))
    }
}

extension ListenAddress: ExpressibleByArgument {
    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = UInt16(argument[argument.index(after: colon)...])
        else { return nil }
        var host = argument[..<colon]
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        self.init(host: host == "localhost" ? "127.0.0.1" : String(host), port: port)
        do {
            _ = try makeServer(handler: nil)
        } catch {
            // Not an IP address; the argument parser says so.
            return nil
        }
    }
}

extension ListenAddress: CustomStringConvertible {
    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension HTTPServer {
    /// The port it listens on; `nil` if it does not listen.
    var port: UInt16? {
        switch listeningAddress {
        case .ip4(_, let port), .ip6(_, let port): port
        case .unix, nil: nil
        }
    }
}
