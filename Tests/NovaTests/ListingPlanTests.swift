import Telemetry
import Testing

@testable import Nova

/// `discover_nova_polling` of Ceilometer 27, and what its own unit tests fix.
@Suite struct ListingPlanTests {
    private static let began = Timestamp(seconds: 1_000_000)

    private func done(_ plan: inout ListingPlan, _ request: ListingPlan.Request, at now: Duration) {
        plan.done(
            request, start: now, began: Timestamp(seconds: 1_000_000 + now.components.seconds), serviceTime: nil,
            waited: .zero)
    }

    @Test func firstAllThenTheChangesWithEveryPoll() {
        var plan = ListingPlan(updateInterval: .zero, cacheExpiry: .seconds(3600))
        #expect(plan.due(at: .zero) == .full)
        #expect(plan.due(at: .seconds(1)) == .full)
        done(&plan, .full, at: .zero)
        #expect(plan.due(at: .zero) == .changes(since: Timestamp(seconds: 999_998)))
        done(&plan, .changes(since: Timestamp(seconds: 0)), at: .seconds(600))
        #expect(plan.due(at: .seconds(1200)) == .changes(since: Timestamp(seconds: 1_000_598)))
        #expect(plan.due(at: .seconds(3600)) == .full)
    }

    /// resource_update_interval 600: nothing at 5 min, something at 20 min.
    @Test func theIntervalIsKept() {
        var plan = ListingPlan(updateInterval: .seconds(600), cacheExpiry: .seconds(3600))
        done(&plan, .full, at: .zero)
        #expect(plan.due(at: .seconds(300)) == nil)
        #expect(plan.due(at: .seconds(1200)) != nil)
    }

    /// resource_cache_expiry 1800: all at 0, changes at 20 min, all at 31 min.
    @Test func allIsFetchedAnewWhenTheCacheExpires() {
        var plan = ListingPlan(updateInterval: .seconds(600), cacheExpiry: .seconds(1800))
        done(&plan, .full, at: .zero)
        #expect(plan.due(at: .seconds(1200)) == .changes(since: Timestamp(seconds: 999_998)))
        done(&plan, .changes(since: Timestamp(seconds: 0)), at: .seconds(1200))
        #expect(plan.due(at: .seconds(1860)) == .full)
    }

    @Test func withoutACacheEveryListingIsAFullOne() {
        var plan = ListingPlan(updateInterval: .zero, cacheExpiry: .zero)
        done(&plan, .full, at: .zero)
        #expect(plan.due(at: .seconds(1)) == .full)
    }

    @Test func aDomainThatIsNotListedMakesItEarlyButNotOften() {
        var plan = ListingPlan(updateInterval: .seconds(600), cacheExpiry: .seconds(3600))
        done(&plan, .full, at: .zero)
        #expect(plan.due(at: .seconds(4), early: true) == nil)
        #expect(plan.due(at: .seconds(5), early: true) != nil)
    }

    /// A clock that is ahead of Nova's must not lose the changes between the two.
    @Test func theEarlierOfBothClocksCounts() {
        var plan = ListingPlan(updateInterval: .zero, cacheExpiry: .seconds(3600))
        plan.done(.full, start: .zero, began: Self.began, serviceTime: 999_900, waited: .seconds(3))
        #expect(plan.due(at: .zero) == .changes(since: Timestamp(seconds: 999_895)))
        plan.done(.full, start: .zero, began: Self.began, serviceTime: 1_000_500, waited: .zero)
        #expect(plan.due(at: .zero) == .changes(since: Timestamp(seconds: 999_998)))
    }

    @Test func timesAreWrittenAsPythonDoes() {
        #expect(Timestamp(microseconds: 1_795_374_296_059_812).isoformat == "2026-11-22T19:04:56.059812+00:00")
        #expect(Timestamp(seconds: 1_795_374_296).isoformat == "2026-11-22T19:04:56+00:00")
    }
}

@Suite struct UnlistedDomainsTests {
    @Test func asksAtOnceAndThenLessAndLess() {
        var domains = UnlistedDomains()
        var now = Duration.zero
        var asked: [Int64] = []
        while now < .seconds(20000) {
            if domains.note(["a"], at: now) {
                asked.append(now.components.seconds)
                domains.listed(start: now, at: now)
            }
            now += .seconds(1)
        }
        #expect(asked == [0, 15, 45, 105, 225, 465, 945, 1905, 3825, 7425, 11025, 14625, 18225])
    }

    @Test func aNewOneAsksAtOnce() {
        var domains = UnlistedDomains()
        #expect(domains.note(["a"], at: .zero) == true)
        domains.listed(start: .zero, at: .seconds(1))
        #expect(domains.note(["a"], at: .seconds(2)) == false)
        #expect(domains.note(["a", "b"], at: .seconds(2)) == true)
        // A listing that had begun before does not count for it.
        domains.listed(start: .seconds(1), at: .seconds(3))
        #expect(domains.note(["b"], at: .seconds(3)) == true)
        #expect(domains.note([], at: .seconds(3)) == false)
    }
}
