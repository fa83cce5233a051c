import Telemetry
import Transfer

/// Asks Keystone for a user or a project (`GET /v3/users/ID`, `/v3/projects/ID`).
struct IdentityLookup: Sendable {
    /// What is looked up.
    enum Kind: String, CaseIterable, Sendable {
        case user, project
    }

    let session: KeystoneSession

    /// Such an answer has a few hundred bytes; `options` and descriptions may be long.
    private static let maximumBodyBytes = 1 << 20

    /// The name; `nil` if there is no such thing.
    func name(_ kind: Kind, _ id: String) async throws(KeystoneError) -> String? {
        let path = "/\(kind.rawValue)s/\(id.percentEncoded)"
        var request = ServiceRequest(.get, .init("identity", version: "v3"), path)
        request.maximumBodyBytes = Self.maximumBodyBytes
        let response = try await session.response(to: request)
        switch response.status {
        case 200:
            do {
                let answer = try MetadataValue(json: response.body)
                if let name = answer[kind.rawValue]?["name"]?.text { return name }
            } catch {
                throw KeystoneError(
                    .badAnswer, url: path, status: 200, detail: "the answer is no JSON: \(error)",
                    advice: "see what stands between us and Keystone")
            }
            throw KeystoneError(
                .badAnswer, url: path, status: 200, detail: "expected the name of a \(kind.rawValue)",
                advice: "see what stands between us and Keystone")
        case 404: return nil
        default:
            throw KeystoneError(
                status: response, url: path, action: "Keystone does not tell the name of a \(kind.rawValue)",
                forbidden: "give our user the role reader in the system scope, or admin")
        }
    }
}
