import Telemetry
package import Transfer

/// Why a service of the cloud, Keystone among them, gave no answer that can be used.
public struct KeystoneError: Error, Sendable, Hashable {
    /// What failed.
    public enum Code: String, Sendable {
        /// No connection, or no answer.
        case unreachable
        /// No answer in time.
        case timeout
        /// The service does not know who we are (401).
        case unauthorized
        /// A service refuses a token that Keystone has just given us (401).
        case tokenRefused
        /// We may not do that (403).
        case forbidden
        /// The catalogue has no such service, interface or region.
        case noEndpoint
        /// There is no such thing (404).
        case notFound
        /// The service cannot answer now (5xx, 429).
        case unavailable
        /// The answer is not what the API promises.
        case badAnswer
        /// The answer is larger than anything sensible.
        case tooLarge
        /// The request cannot be sent as it is.
        case badRequest
        /// The task was cancelled, or transfers were shut down.
        case cancelled
    }

    /// What failed.
    public let code: Code
    /// The URL that was asked, redacted; that of Keystone, if the catalogue has none.
    public let url: String
    /// The status of the answer, if there was one.
    public let status: Int?
    /// What was expected and what came, in one line; no secrets.
    public let detail: String
    /// What the operator can do, in one line without a full stop.
    public let advice: String
    /// How long the server wants to be left alone, if it said so.
    public let retryAfter: Duration?
    /// Why a service other than Keystone gave no answer, if that is what failed.
    package let transferError: TransferError?

    /// An error of those properties; the URL is redacted, and the text made one line.
    public init(
        _ code: Code, url: String, status: Int? = nil, detail: String, advice: String, retryAfter: Duration? = nil
    ) {
        self.code = code
        self.url = RedactedURL(url).description.oneLine
        self.status = status
        self.detail = detail.oneLine
        self.advice = advice.oneLine
        self.retryAfter = retryAfter
        transferError = nil
    }

    /// What a request without an answer comes to; `isOfService`: one to a service, not to Keystone for a token.
    init(_ error: TransferError, isOfService: Bool = false) {
        let code: Code =
            switch error.code {
            case .timeout: .timeout
            case .cancelled: .cancelled
            case .badURL, .badHeader: .badRequest
            default: .unreachable
            }
        self.code = code
        url = RedactedURL(error.url).description.oneLine
        status = nil
        detail = error.detail.oneLine
        advice = error.advice.oneLine
        retryAfter = nil
        transferError = isOfService ? error : nil
    }
}

extension KeystoneError: CustomStringConvertible {
    /// One line: URL, status, what happened, what to do.
    public var description: String {
        let status = status.map { "HTTP \($0): " } ?? ""
        return "\(url): \(status)\(detail); \(advice)"
    }
}
