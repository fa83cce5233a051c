import Telemetry
import Transfer

/// Finds a project by its name and its domain's (`ceilometer.publisher.gnocchi`, `gnocchi_project_id`).
package struct ProjectLookup: Sendable {
    private let session: KeystoneSession

    /// Such a list has one element.
    private static let maximumBodyBytes = 1 << 20

    /// A look-up over that session.
    package init(session: KeystoneSession) {
        self.session = session
    }

    /// The project's id; `nil` if there is no such project or domain. Our own project's is in the token, and needs no
    /// rights in Keystone; any other needs that of listing domains and projects. Throws what Keystone says otherwise.
    package func id(of project: String, inDomain domain: String) async throws(KeystoneError) -> String? {
        let own = try await session.identity()
        if own.projectName == project, own.projectDomainName == domain { return own.projectID }
        guard let domain = try await first("domain", "name=\(domain.percentEncoded)") else { return nil }
        return try await first("project", "name=\(project.percentEncoded)&domain_id=\(domain.percentEncoded)")
    }

    private func first(_ kind: String, _ query: String) async throws(KeystoneError) -> String? {
        let path = "/\(kind)s?\(query)"
        var request = ServiceRequest(.get, .init("identity", version: "v3"), path)
        request.maximumBodyBytes = Self.maximumBodyBytes
        let response = try await session.response(to: request)
        guard response.status == 200 else {
            throw KeystoneError(
                status: response, url: path, action: "Keystone does not list \(kind)s",
                forbidden: "give our user the role reader in the system scope, or admin")
        }
        let found: MetadataValue?
        do { found = try MetadataValue(json: response.body)["\(kind)s"] } catch {
            throw bad(path, response, "the answer is no JSON: \(error)")
        }
        guard let elements = found?.elements else { throw bad(path, response, "expected a list of \(kind)s") }
        guard let element = elements.first else { return nil }
        guard let id = element["id"]?.text else { throw bad(path, response, "expected a \(kind) with an id") }
        return id
    }

    private func bad(_ path: String, _ response: TransferResponse, _ detail: String) -> KeystoneError {
        KeystoneError(
            .badAnswer, url: path, status: response.status, detail: detail,
            advice: "see what stands between us and Keystone")
    }
}
