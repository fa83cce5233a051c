import Telemetry

/// How long a token is used. Its lifetime is the difference of the two times that Keystone gave, counted from the moment
/// before it was asked for: the clocks of both sides need not agree.
struct TokenLife: Sendable, Hashable {
    /// From then on a new one is fetched, while this one is used.
    let renewal: Duration
    /// From then on it is not used.
    let end: Duration

    /// The life of a token that was asked for at `start` and lives that long.
    init(start: Duration, lifetime: Duration) {
        // A request that is under way at the end must still be good: keystonemiddleware asks Keystone when it has come.
        end = start + lifetime - min(.seconds(30), lifetime / 10)
        renewal = start + lifetime - min(.seconds(300), lifetime / 4)
    }

    /// The lifetime between Keystone's `issued_at` and `expires_at`; `nil` if there is none.
    static func lifetime(issuedAt: String, expiresAt: String) -> Duration? {
        guard let issued = Timestamp(issuedAt), let expires = Timestamp(expiresAt) else { return nil }
        let (microseconds, overflow) = expires.microseconds.subtractingReportingOverflow(issued.microseconds)
        guard !overflow, microseconds > 0 else { return nil }
        return .microseconds(microseconds)
    }
}
