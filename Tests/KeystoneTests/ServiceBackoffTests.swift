import Testing

@testable import Keystone

@Suite struct ServiceBackoffTests {
    private func error(_ code: KeystoneError.Code, retryAfter: Duration? = nil) -> KeystoneError {
        KeystoneError(code, url: "http://k", detail: "d", advice: "a", retryAfter: retryAfter)
    }

    /// How long each of so many failures in a row is the answer.
    private func waits(
        _ code: KeystoneError.Code, count: Int, fraction: Double, after backoff: ServiceBackoff = ServiceBackoff()
    ) -> [Duration] {
        var backoff = backoff
        var now = Duration.zero
        return (0..<count).map { _ in
            backoff.fail(error(code), at: now, fraction: fraction)
            let start = now
            while backoff.standing(at: now) != nil { now += .milliseconds(500) }
            return now - start
        }
    }

    @Test func growsToAMinute() {
        #expect(waits(.unreachable, count: 8, fraction: 1) == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
        #expect(waits(.unavailable, count: 4, fraction: 0) == [0.5, 1, 2, 4].map { .seconds($0) })
    }

    @Test func leavesWhoRefusesUsInPeace() {
        #expect(waits(.unauthorized, count: 6, fraction: 1) == [30, 60, 120, 240, 300, 300].map { .seconds($0) })
    }

    /// In the second in which all tokens of a user were revoked, Keystone refuses the right password, too.
    @Test func whoWasTakenBeforeTriesAgainSoon() {
        var backoff = ServiceBackoff()
        backoff.succeed()
        let waits = waits(.unauthorized, count: 7, fraction: 1, after: backoff)
        #expect(waits == [2, 4, 30, 60, 120, 240, 300].map { .seconds($0) })
    }

    @Test func honoursRetryAfterWithinReason() {
        var backoff = ServiceBackoff()
        backoff.fail(error(.unavailable, retryAfter: .seconds(40)), at: .zero, fraction: 0)
        #expect(backoff.standing(at: .seconds(39)) != nil)
        #expect(backoff.standing(at: .seconds(40)) == nil)
        backoff.fail(error(.unavailable, retryAfter: .seconds(86400)), at: .seconds(40), fraction: 0)
        #expect(backoff.standing(at: .seconds(640)) == nil)
    }

    @Test func failuresThatWereUnderWayTogetherCountOnce() {
        var backoff = ServiceBackoff()
        for _ in 0..<9 { backoff.fail(error(.unreachable), at: .zero, fraction: 1) }
        #expect(backoff.standing(at: .seconds(1)) == nil)
        backoff.fail(error(.unreachable), at: .seconds(1), fraction: 1)
        backoff.succeed()
        #expect(backoff.standing(at: .seconds(1)) == nil)
    }
}
