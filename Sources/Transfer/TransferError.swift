/// A request without an answer: what failed, where, and what the operator can do.
public struct TransferError: Error, Sendable, Hashable {
    /// What failed.
    public enum Code: String, Sendable {
        /// The URL is none, or neither http nor https.
        case badURL
        /// A header field cannot be sent.
        case badHeader
        /// The name of the host or of the proxy is not known.
        case resolve
        /// No connection to the host or proxy.
        case connect
        /// The two sides did not agree on TLS; see `tlsProblem`.
        case tls
        /// The time was up.
        case timeout
        /// The connection broke while the request was sent or its answer read, or the answer is not HTTP.
        case sendReceive
        /// The task was cancelled, or transfers were shut down.
        case cancelled
        /// Too many transfers at once.
        case overloaded
        /// Anything else.
        case other
    }

    /// What failed.
    public let code: Code
    /// The URL, redacted.
    public let url: String
    /// What libcurl says about it, in one line.
    public let detail: String
    /// Which TLS problem it was, if it was one.
    public let tlsProblem: TLSProblem?
    /// The proxy between us and the server that could not be reached, and the variable that names it, such as
    /// `proxy http://proxy:3128 (https_proxy)`; `nil` if no proxy is to blame.
    public let proxy: String?
    /// Whether the server may have seen the request. If not, it can be repeated without harm.
    public let wasSent: Bool

    /// An error for the URL, which is redacted here.
    public init(_ code: Code, url: String, detail: String, tlsProblem: TLSProblem? = nil, wasSent: Bool = false) {
        self.code = code
        self.url = RedactedURL(url).description
        self.detail = detail
        self.tlsProblem = tlsProblem
        self.wasSent = wasSent
        proxy = nil
    }

    /// An error of a request that goes through that proxy, if it is one.
    init(
        _ code: Code, url: String, detail: String, tlsProblem: TLSProblem?, wasSent: Bool, proxy: EnvironmentProxy?
    ) {
        self.code = code
        self.url = RedactedURL(url).description
        self.proxy = wasSent ? nil : proxy.map { "proxy \($0.url) (\($0.variable))" }
        self.detail = self.proxy.map { "\($0): \(detail)" } ?? detail
        self.tlsProblem = tlsProblem
        self.wasSent = wasSent
    }

    /// What is to be done, in one line without a full stop.
    public var advice: String {
        if let tlsProblem { return tlsProblem.advice }
        if proxy != nil, detail.hasSuffix("response 407") { return "check user and password in the proxy's URL" }
        if proxy != nil { return "check that the proxy runs and is the right one, or except the host in no_proxy" }
        return switch code {
        case .badURL: "give an http or https URL"
        case .badHeader: "give header fields without line breaks"
        case .resolve: "check the host name and the name servers"
        case .connect: "check that the server runs and that host, port and firewalls are right"
        case .tls: TLSProblem.handshake.advice
        case .timeout: "check that the server is not overloaded, or allow more time"
        case .sendReceive: "check the server's own log and whatever stands between"
        case .cancelled: "nothing to be done"
        case .overloaded: "check the servers that do not answer, or allow more open files (LimitNOFILE)"
        case .other: "see what libcurl says"
        }
    }
}

extension TransferError: CustomStringConvertible {
    /// One line: the URL, what happened, what to do.
    public var description: String { "\(url): \(detail); \(advice)" }
}
