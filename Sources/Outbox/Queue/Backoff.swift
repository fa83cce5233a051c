/// How long to wait before a payload is tried again: exponential with full jitter, so that a fleet whose collector
/// comes back does not strike it together.
struct Backoff: Sendable {
    /// The least and the most that the exponential part grows to: a receiver that is back is served within a minute, however
    /// long it was away.
    static let base = Duration.seconds(1)
    static let cap = Duration.seconds(60)
    /// The most that a receiver's `Retry-After` is believed.
    static let longestWish = Duration.seconds(3600)
    /// Between tries of a receiver that refuses us: until an operator mends the credentials or the URL.
    static let refused = Duration.seconds(60)...Duration.seconds(300)

    private var failures = 0

    /// The payload was taken: the next failure is the first again.
    mutating func succeed() {
        failures = 0
    }

    /// The wait after a failure. `fraction` is random, from 0 up to 1.
    mutating func wait(wish: Duration?, fraction: Double) -> Duration {
        let ceiling = min(Self.cap, Self.base * Int(1 << min(failures, 20)))
        failures += 1
        // Never at once: full jitter is over what lies above a tenth of the base.
        let own = max(Self.base / 10, ceiling * fraction)
        guard let wish else { return own }
        // A wish lengthens the wait and never shortens it: a receiver that says "0" has failed all the same. Those who
        // were told the same wish must not come at once either.
        return max(own, min(wish, Self.longestWish) + Self.base * fraction)
    }

    /// The wait after a refusal.
    mutating func waitAfterRefusal(fraction: Double) -> Duration {
        failures += 1
        return Self.refused.lowerBound + (Self.refused.upperBound - Self.refused.lowerBound) * fraction
    }
}
