/// When a service that failed may be asked again. While it may not, the error of the last try is the answer.
package struct ServiceBackoff: Sendable {
    /// The least and the most that the wait after a failure grows to: less than most polling intervals, so that a
    /// service that is back is found out at the next poll or the one after.
    package static let base = Duration.seconds(1)
    package static let cap = Duration.seconds(60)
    /// The least and the most that the wait grows to where the service refuses us: an operator must mend it first, and
    /// Keystone may lock an account after a number of failures.
    package static let refusedBase = Duration.seconds(30)
    package static let refusedCap = Duration.seconds(300)
    /// What that wait grows from, and for how many failures, where the service has taken us before: Keystone refuses even
    /// the right password in the second in which all of a user's tokens were revoked.
    package static let doubtedBase = Duration.seconds(2)
    package static let doubtedFailures = 2
    /// The most that a service's `Retry-After` is believed.
    package static let longestWish = Duration.seconds(600)

    private var failures = 0
    private var hasWorked = false
    private var last: (error: KeystoneError, until: Duration)?

    package init() {}

    /// The service works.
    package mutating func succeed() {
        failures = 0
        hasWorked = true
        last = nil
    }

    /// The service failed at that time. `fraction` is random, from 0 up to 1, so that a fleet does not come back together.
    /// Of requests that were under way together only the first failure counts.
    package mutating func fail(_ error: KeystoneError, at now: Duration, fraction: Double) {
        guard standing(at: now) == nil else { return }
        let refused: Bool =
            switch error.code {
            case .unauthorized, .forbidden, .noEndpoint, .badRequest: true
            default: false
            }
        let doubted = hasWorked ? Self.doubtedFailures : 0
        let ceiling =
            if !refused {
                min(Self.cap, Self.base * (1 << min(failures, 10)))
            } else if failures < doubted {
                Self.doubtedBase * (1 << failures)
            } else {
                min(Self.refusedCap, Self.refusedBase * (1 << min(failures - doubted, 10)))
            }
        failures += 1
        // From half of it up: whoever waited for an answer for ten seconds must not be tried again at once.
        let own = ceiling / 2 + ceiling / 2 * fraction
        last = (error, now + max(own, min(error.retryAfter ?? .zero, Self.longestWish)))
    }

    /// The error that still stands; `nil` if the service may be asked.
    package func standing(at now: Duration) -> KeystoneError? {
        guard let last, now < last.until else { return nil }
        return last.error
    }
}
