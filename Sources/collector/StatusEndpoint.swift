import ArgumentParser
import FlyingFox
import FoundationEssentials

/// The agent's status endpoint: `http://127.0.0.1:8765/status`.
struct StatusEndpoint: Hashable, ExpressibleByArgument {
    let address: ListenAddress
    let path: String

    init?(argument: String) {
        guard let url = URLComponents(string: argument), url.scheme == "http", let host = url.host,
            let address = ListenAddress(argument: "\(host):\(url.port ?? 80)")
        else { return nil }
        self.address = address
        path = url.path.isEmpty ? "/status" : url.path
    }

    /// Asks the agent; `nil` if it does not answer within the limit, or not with a status.
    func status(within limit: Duration) async -> AgentStatus? {
        await withTaskGroup { group in
            group.addTask { await ask() }
            group.addTask {
                do { try await Task.sleep(for: limit) } catch { return nil }
                return nil
            }
            defer { group.cancelAll() }
            return await group.next().flatMap { $0 }
        }
    }

    private func ask() async -> AgentStatus? {
        let request = HTTPRequest(
            method: .GET, version: .http11, path: path, query: [],
            headers: [.host: "\(address.host):\(address.port)", .connection: "close"], body: Data())
        do {
            let response = try await address.send(request)
            guard response.statusCode.code == 200 else { return nil }
            return try JSONDecoder().decode(AgentStatus.self, from: try await response.bodyData)
        } catch {
            // Not running yet, ending, or no agent at all: the table then says "not received", which is all it knows.
            return nil
        }
    }
}
