public import Transfer

/// Our session with a cloud: the token and the catalogue, and requests to the services with them.
public actor KeystoneSession {
    /// A session that has no token yet. `now` is the time since any fixed moment and never goes back.
    public init(
        _ credentials: KeystoneCredentials, transfer: Transfer, userAgent: String,
        now: @escaping @Sendable () -> Duration
    ) {}

    /// The service's answer, whatever its status but for 401.
    public func response(to request: ServiceRequest) async throws(KeystoneError) -> TransferResponse {
        throw KeystoneError(.cancelled, url: "", detail: "not yet", advice: "wait")
    }

    /// Whom Keystone takes us for. Throws if no token can be had.
    public func identity() async throws(KeystoneError) -> KeystoneIdentity {
        throw KeystoneError(.cancelled, url: "", detail: "not yet", advice: "wait")
    }

    /// Where a service is, without a slash at its end.
    public func endpoint(of service: ServiceRequest.Service) async throws(KeystoneError) -> String {
        throw KeystoneError(.cancelled, url: "", detail: "not yet", advice: "wait")
    }
}
