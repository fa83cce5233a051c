/// Services that refuse a token that Keystone has just given us. A new one for each request to them would be a request
/// to Keystone for each, and help nobody.
struct TokenRefusals: Sendable {
    /// For how long such a service's 401 is taken for its last word.
    static let pause = Duration.seconds(60)

    private var until: [String: Duration] = [:]

    /// Whether a 401 of that service is worth a new token.
    func areWorthAToken(of service: String, at now: Duration) -> Bool {
        until[service].map { now >= $0 } ?? true
    }

    /// The service refused a new token as well.
    mutating func note(_ service: String, at now: Duration) { until[service] = now + Self.pause }

    /// The service took a token.
    mutating func forget(_ service: String) { until[service] = nil }
}
