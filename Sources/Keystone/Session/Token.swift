import Telemetry
import Transfer

/// A token, and what Keystone said with it.
struct Token: Sendable {
    /// What `X-Auth-Token` gets.
    let value: String
    let life: TokenLife
    let catalogue: ServiceCatalogue
    let identity: KeystoneIdentity
    /// When it was asked for.
    let start: Duration

    /// Reads the answer to `POST url`, asked at `start`.
    init(_ response: TransferResponse, url: String, start: Duration) throws(KeystoneError) {
        func bad(_ detail: String) -> KeystoneError {
            KeystoneError(
                .badAnswer, url: url, status: response.status, detail: detail,
                advice: "check that auth_url is that of a Keystone, and what stands between")
        }
        guard !response.isTruncated else { throw bad("the answer has over \(response.body.count) bytes") }
        guard let value = response.header("X-Subject-Token"), !value.isEmpty else {
            throw bad("expected a token in X-Subject-Token, and there is none")
        }
        let answer: MetadataValue
        do {
            answer = try MetadataValue(json: response.body)
        } catch {
            throw bad("the answer is no JSON: \(error)")
        }
        guard let token = answer["token"], let user = token["user"], let userID = user["id"]?.text else {
            throw bad("expected a token with a user in the answer")
        }
        guard let expires = token["expires_at"]?.text, let issued = token["issued_at"]?.text,
            let lifetime = TokenLife.lifetime(issuedAt: issued, expiresAt: expires)
        else { throw bad("expected a token with issued_at and, later, expires_at") }
        self.value = value
        self.start = start
        life = TokenLife(start: start, lifetime: lifetime)
        catalogue = ServiceCatalogue(token["catalog"])
        identity = KeystoneIdentity(
            userID: userID, userName: user["name"]?.text ?? "", projectID: token["project"]?["id"]?.text,
            projectName: token["project"]?["name"]?.text,
            projectDomainID: token["project"]?["domain"]?["id"]?.text,
            projectDomainName: token["project"]?["domain"]?["name"]?.text,
            roles: (token["roles"]?.elements ?? []).compactMap { $0["name"]?.text })
    }
}
