public import Transfer

/// A request to a service of the cloud, which the catalogue says where to find.
public struct ServiceRequest: Sendable {
    /// A service by its type in the catalogue.
    public struct Service: Sendable, Hashable {
        /// The type: `compute`, `metric`, `image`, `identity`.
        public let type: String
        /// What is appended to an endpoint whose path names no version (`v2.1`, `v3`); `nil`: nothing.
        public let version: String?

        /// A service of that type and version.
        public init(_ type: String, version: String? = nil) {
            self.type = type
            self.version = version
        }
    }

    /// The service.
    public var service: Service
    /// The method.
    public var method: TransferRequest.Method
    /// What follows the endpoint's URL: a path with `/` at its start, and perhaps a query, percent-encoded.
    public var path: String
    /// Fields beyond `X-Auth-Token` and `Accept`, which the session adds; an `Accept` here counts instead of its own.
    public var headers: [TransferHeader]
    /// The body, or `nil` for none.
    public var body: [UInt8]?
    /// How long it may take, the renewal of a token not counted; `nil`: what the credentials say.
    public var timeout: Duration?
    /// The largest answer, in bytes; a larger one is an error.
    public var maximumBodyBytes = 16 << 20
    /// Whether the body of a 2xx answer matters (`TransferRequest.needsBody`).
    public var needsBody = true

    /// A request with the default limits of time and size.
    public init(
        _ method: TransferRequest.Method, _ service: Service, _ path: String, headers: [TransferHeader] = [],
        body: [UInt8]? = nil
    ) {
        self.service = service
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
    }
}
