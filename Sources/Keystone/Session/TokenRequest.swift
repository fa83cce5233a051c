import Telemetry
import Transfer

/// Asks Keystone for a token.
struct TokenRequest {
    let credentials: KeystoneCredentials
    let userAgent: String

    /// The largest answer: a catalogue of a thousand endpoints has a quarter of this.
    static let maximumBodyBytes = 4 << 20

    var url: String { credentials.identityURL + "/auth/tokens" }

    var request: TransferRequest {
        var request = TransferRequest(
            .post, url,
            headers: [
                .init("Content-Type", "application/json"), .init("Accept", "application/json"),
                .init("User-Agent", userAgent),
            ], body: AuthRequestBody(credentials.method).bytes)
        request.timeout = credentials.timeout
        request.connectTimeout = credentials.timeout
        request.tls = credentials.tls
        request.maximumBodyBytes = Self.maximumBodyBytes
        return request
    }

    /// What the answer comes to, which was asked for at `start`.
    func token(_ response: TransferResponse, start: Duration) throws(KeystoneError) -> Token {
        switch response.status {
        case 200, 201: return try Token(response, url: url, start: start)
        case 401:
            throw error(
                .unauthorized, response, "Keystone does not take \(credentials.method)",
                "check user, password, their domains and the project, or the application credential")
        case 403:
            throw error(
                .forbidden, response, "Keystone forbids \(credentials.method) a token",
                "check that the user is enabled and has a role in its project")
        case 404:
            throw error(.badAnswer, response, "there is no Identity API v3", "check auth_url")
        case 300..<400:
            let place = response.header("Location").map { " to \(RedactedURL($0))" } ?? ""
            throw error(
                .badAnswer, response, "the server points elsewhere\(place)",
                "correct auth_url; redirects are not followed, as the password would go there")
        case 407:
            throw error(
                .badAnswer, response, "the proxy wants credentials", "check user and password in the proxy's URL")
        case 408, 425, 429, 500...:
            throw error(.unavailable, response, "Keystone cannot answer now", "see Keystone's log")
        default:
            throw error(
                .badRequest, response, "Keystone does not understand the request",
                "check the credentials: names need a domain, and there can be one scope only")
        }
    }

    private func error(
        _ code: KeystoneError.Code, _ response: TransferResponse, _ detail: String, _ advice: String
    ) -> KeystoneError {
        KeystoneError(
            code, url: url, status: response.status,
            detail: detail + ServiceMessage.excerpt(response, hiding: credentials.method.secret), advice: advice,
            retryAfter: response.retryAfter())
    }
}

extension KeystoneCredentials.Method {
    /// The password or secret.
    fileprivate var secret: String {
        switch self {
        case .password(_, let password, _): password
        case .applicationCredential(_, let secret): secret
        case .namedApplicationCredential(_, _, let secret): secret
        }
    }
}
