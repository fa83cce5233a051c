public import Keystone
public import Telemetry
import Transfer

/// What became of a server that a host has no more.
public enum ServerFate: Sendable, Hashable {
    /// It was deleted, at that time if Nova says so.
    case deleted(at: Timestamp?)
    /// It is there, on that host: it was moved, shelved, or is just being built again. Empty if Nova does not say where.
    case present(host: String)
    /// Nova knows nothing of it; its database may have been purged, or it was never Nova's.
    case unknown
}

extension NovaClient {
    /// What became of a server. That it was deleted is believed only where Nova shows it among the deleted ones: 404 would
    /// also be the answer to a user who may not see it, or of whatever else stands at that endpoint. Needs an
    /// administrator's rights, as `servers(host:)`.
    public func fate(of id: String) async throws(KeystoneError) -> ServerFate {
        let query = "all_tenants=True&uuid=\(id.percentEncoded)"
        if let server = try await only(id, "\(query)&deleted=True"), server["status"]?.text == "DELETED" {
            let moment = server["OS-SRV-USG:terminated_at"]?.text ?? server["updated"]?.text
            return .deleted(at: moment.flatMap { Timestamp($0) })
        }
        guard let server = try await only(id, query) else { return .unknown }
        return .present(host: server["OS-EXT-SRV-ATTR:host"]?.text ?? "")
    }

    /// The server of that id in an answer to a query.
    private func only(_ id: String, _ query: String) async throws(KeystoneError) -> MetadataValue? {
        let path = "/servers/detail?\(query)"
        let (request, response) = try await get(path)
        guard response.status == 200 else { throw failure(request, response, "servers") }
        guard let servers = try response.json(from: request, service: "Nova")["servers"]?.elements else {
            throw .unexpected(response, from: request, "expected a list of servers")
        }
        // An older Nova that does not know the filter would list them all.
        return servers.first { $0["id"]?.text == id }
    }
}
