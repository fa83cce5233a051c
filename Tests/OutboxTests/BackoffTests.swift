import Fuzzing
import Testing

@testable import Outbox

@Suite struct BackoffTests {
    @Test func growsByDoublingUpToAMinute() {
        var backoff = Backoff()
        let waits = (0..<12).map { _ in backoff.wait(wish: nil, fraction: 1) }
        #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60].map { Duration.seconds($0) })
    }

    @Test func neverWaitsLongerThanTheCapOrNotAtAll() {
        var random = SplitMix(seed: 1)
        var backoff = Backoff()
        for failure in 0..<10_000 {
            let ceiling = failure < 6 ? Duration.seconds(1 << failure) : .seconds(60)
            let wait = backoff.wait(wish: nil, fraction: .random(in: 0..<1, using: &random))
            #expect(wait > .zero && wait <= ceiling)
        }
    }

    @Test func jitterIsFull() {
        var low = Backoff()
        var high = Backoff()
        for _ in 0..<20 {
            #expect(low.wait(wish: nil, fraction: 0) <= .milliseconds(100))
            _ = high.wait(wish: nil, fraction: 0.5)
        }
        #expect(high.wait(wish: nil, fraction: 0.5) == .seconds(30))
    }

    @Test func beginsAgainAfterSuccess() {
        var backoff = Backoff()
        for _ in 0..<9 { _ = backoff.wait(wish: nil, fraction: 1) }
        backoff.succeed()
        #expect(backoff.wait(wish: nil, fraction: 1) == .seconds(1))
    }

    @Test(arguments: [0, 1, 30, 3600])
    func honoursRetryAfter(seconds: Int) {
        for fraction in [0, 0.5, 0.999] {
            var backoff = Backoff()
            let wait = backoff.wait(wish: .seconds(seconds), fraction: fraction)
            #expect(wait >= .seconds(seconds) && wait <= .seconds(seconds + 1))
        }
    }

    @Test func doesNotBelieveAnyRetryAfter() {
        var backoff = Backoff()
        #expect(backoff.wait(wish: .seconds(1_000_000_000), fraction: 0.999) <= .seconds(3601))
        #expect(backoff.wait(wish: .seconds(-5), fraction: 0) >= .zero)
    }

    @Test func retriesSlowlyAfterARefusal() {
        var backoff = Backoff()
        for fraction in [0, 0.3, 0.999] {
            let wait = backoff.waitAfterRefusal(fraction: fraction)
            #expect(wait >= .seconds(60) && wait <= .seconds(300))
        }
    }
}
