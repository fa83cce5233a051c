/// Services that refuse a token that Keystone has just given us. A new one for each request to them would be a request
/// to Keystone for each, and hardly help. It does help where the token is of the very second in which all earlier ones
/// were revoked, as Keystone counts in seconds: so the first pause is short.
struct TokenRefusals: Sendable {
    /// The first pause in which such a service's 401 is taken for its last word, and the longest.
    static let base = Duration.seconds(2)
    static let cap = Duration.seconds(60)

    private var services: [String: (count: Int, until: Duration)] = [:]

    /// Whether a 401 of that service is worth a new token.
    func areWorthAToken(of service: String, at now: Duration) -> Bool {
        services[service].map { now >= $0.until } ?? true
    }

    /// The service refused a new token as well. Of requests that were under way together only the first counts.
    mutating func note(_ service: String, at now: Duration) {
        guard areWorthAToken(of: service, at: now) else { return }
        let count = services[service]?.count ?? 0
        services[service] = (count + 1, now + min(Self.cap, Self.base * (1 << min(count, 10))))
    }

    /// The service took a token.
    mutating func forget(_ service: String) { services[service] = nil }
}
