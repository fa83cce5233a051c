import Outbox
import Telemetry
import Transfer

/// What an answer, or none, means for a payload, and what the operator is told. No I/O.
struct HTTPDelivery: Sendable {
    private let method: String
    private let target: String
    private let hasCredentials: Bool
    private let mask: SecretMask
    private let words: Words

    /// What an operator has set, and can correct.
    struct Words: Sendable, Hashable {
        let authorities: String
        let clientCertificate: String
        let url: String

        /// A publisher's URL and its parameters.
        static let publisherURL = Words(
            authorities: "verify_ssl", clientCertificate: "clientcert and clientkey", url: "the publisher's URL")
        /// What Keystone's catalogue and `[service_credentials]` say.
        static let serviceCredentials = Words(
            authorities: "cafile in [service_credentials]",
            clientCertificate: "certfile and keyfile in [service_credentials]",
            url: "the endpoint in Keystone's catalogue")
    }

    /// For requests to `target`, a URL without user and password.
    init(
        method: String = "POST", target: String, credentials: BasicCredentials?, words: Words = .publisherURL
    ) {
        self.words = words
        self.method = method
        self.target = target
        hasCredentials = credentials != nil
        mask = SecretMask(credentials: credentials, url: target)
    }

    /// As urllib3 retries under `max_retries`: where no connection came about. A name or an address may have a second
    /// server; a certificate that is wrong stays wrong.
    static func isWorthRepeatingAtOnce(_ error: TransferError) -> Bool {
        switch error.code {
        case .resolve, .connect: true
        case .timeout: !error.wasSent
        default: error.tlsProblem == .handshake && !error.wasSent
        }
    }

    /// What to do with the payload that got no answer. Nothing here says that the payload is bad, so it is kept.
    func outcome(of error: TransferError) -> Delivery {
        .retry(after: nil, reason: "\(method) \(shown): \(error.detail); \(advice(error))")
    }

    /// What to do with the payload that got this answer.
    func outcome(of response: TransferResponse, payload: Payload, now: Timestamp) -> Delivery {
        let status = response.status
        let said = ServerText.excerpt(response, hiding: mask)
        if let problem = misunderstanding(response) { return .refused(reason: reason(status, problem)) }
        switch status {
        case 200..<300:
            return .delivered
        case 300..<400:
            // A browser's rules would turn the post into a GET and lose the samples. It is the URL that is wrong, not
            // the payload: tried slowly and loudly, nothing is lost until the operator has mended it.
            return .refused(reason: reason(status, moved(response)))
        case 401:
            let advice =
                hasCredentials
                ? "check user and password in the publisher's URL"
                : "give user and password: scheme://user:password@host"
            return .refused(reason: reason(status, "the server does not know who we are; \(advice)\(said)"))
        case 403:
            return .refused(reason: reason(status, "the server forbids it; check our rights there\(said)"))
        case 404, 410:
            return .refused(reason: reason(status, "there is no such path; check the path of \(words.url)\(said)"))
        case 405:
            return .refused(
                reason: reason(status, "the path takes no \(method); check the path of \(words.url)\(said)"))
        case 415:
            return .refused(reason: reason(status, "the server takes no JSON there; check \(words.url)\(said)"))
        case 407:
            return .refused(reason: reason(status, "the proxy wants credentials; check the proxy's URL\(said)"))
        case 413:
            let size = "\(payload.samples) samples in \(payload.body.count) bytes"
            return .tooLarge(reason: reason(status, "\(size) are too much for the server\(said)"))
        case 408, 425, 429, 500...:
            let wish = response.retryAfter(now: now.microseconds / 1_000_000)
            return .retry(after: wish, reason: reason(status, "the server cannot take it now\(said)"))
        default:
            return .rejected(reason: reason(status, "the server will not take it; check path and receiver\(said)"))
        }
    }

    /// For a 2xx answer that is not that of the service: it says nothing of the payload.
    func stranger(_ response: TransferResponse, expected: String) -> Delivery {
        let type = response.header("Content-Type").map { " of type \(ServerText.line($0))" } ?? ""
        let said = ServerText.excerpt(response, hiding: mask)
        return .refused(
            reason: reason(
                response.status,
                "expected \(expected), and the answer\(type) is another; check \(words.url) and what answers there\(said)"
            ))
    }

    private var shown: String { RedactedURL(target).description }

    private func reason(_ status: Int, _ text: String) -> String {
        "\(method) \(shown): HTTP \(status): \(text)"
    }

    private func moved(_ response: TransferResponse) -> String {
        guard let location = response.header("Location"), !location.isEmpty else {
            return "the server points elsewhere without saying where; correct \(words.url)"
        }
        let place = ServerText.line(mask.masked(RedactedURL(location).description))
        return "the server points to \(place); "
            + "correct \(words.url), redirects are not followed"
    }

    /// nginx answers 400 to what it calls 495 to 497: about the connection, not about the payload, which would be good
    /// once the operator has mended the URL.
    private func misunderstanding(_ response: TransferResponse) -> String? {
        guard response.status == 400 else { return nil }
        let text = String(decoding: response.body, as: UTF8.self)
        if text.contains("No required SSL certificate was sent") {
            return "\(TLSProblem.clientCertificateRequired.advice): set \(words.clientCertificate)"
        }
        if text.contains("The SSL certificate error") {
            return "the server does not trust our client certificate; check \(words.clientCertificate)"
        }
        if text.contains("The plain HTTP request was sent to HTTPS port") {
            return "the server speaks TLS there; use https:// in \(words.url)"
        }
        return nil
    }

    private func advice(_ error: TransferError) -> String {
        let parameter: String? =
            switch error.tlsProblem {
            case .untrustedIssuer: "set \(words.authorities) to its path"
            case .clientCertificateRequired: "set \(words.clientCertificate)"
            case .unusableClientCertificate, .clientCertificateRefused: "see \(words.clientCertificate)"
            case .unusableAuthorities: "see \(words.authorities)"
            default: nil
            }
        return error.advice + (parameter.map { ": \($0)" } ?? "")
    }
}
