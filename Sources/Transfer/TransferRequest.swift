/// One HTTP request, and how long and with whom it may be spoken.
public struct TransferRequest: Sendable {
    /// The method of a request (RFC 9110, section 9.3; RFC 5789).
    public enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
        case options = "OPTIONS"
    }

    /// The method.
    public var method: Method
    /// An absolute `http` or `https` URL, percent-encoded where needed. Credentials go into `credentials`.
    public var url: String
    /// Fields to send beyond `Host`, `Accept: */*` and `Content-Length`, which libcurl adds.
    public var headers: [TransferHeader]
    /// The body, or `nil` for none.
    public var body: [UInt8]?
    /// How long all of it may take, from resolving the name to the answer's last byte; at least 1 ms.
    public var timeout: Duration = .seconds(5)
    /// How long it may take until the connection stands, its TLS included; at least 1 ms.
    public var connectTimeout: Duration = .seconds(5)
    /// Whom to trust, and how to identify.
    public var tls = TLSSettings()
    /// User and password, sent with the first request (RFC 7617).
    public var credentials: BasicCredentials?
    /// How much of the answer's body is kept, in bytes; the rest is read and dropped.
    public var maximumBodyBytes = 65_536
    /// Whether the body of a 2xx answer matters. If not, the answer counts once its header is whole, whatever becomes of
    /// its body, of which as much is kept as comes within a second.
    public var needsBody = true
    /// A Unix domain socket to connect to, instead of the URL's host and port.
    public var unixSocket: String?

    /// A request with the default limits of time and size.
    public init(_ method: Method, _ url: String, headers: [TransferHeader] = [], body: [UInt8]? = nil) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}
