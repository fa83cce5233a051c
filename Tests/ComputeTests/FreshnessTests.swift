import Compute
import Hypervisor
import Telemetry
import Testing

/// A guest's own figures are current, or they are no samples.
@Suite struct FreshnessTests {
    private static let guestFigures = ["memory.usage", "memory.available", "memory.swap.in", "memory.swap.out"]
    private static let hostFigures = ["memory", "memory.resident", "cpu", "vcpus", "power.state"]

    @Test func currentFiguresArePublished() {
        let cycle = poll(DomainXML.domain(), healthy)
        for meter in Self.guestFigures + Self.hostFigures { #expect(cycle.volume(meter) != nil, "\(meter)") }
        #expect(cycle.volume("memory.usage") == .real(24_000.0 / 1024))
    }

    /// The limit is three periods, and 60 s at least.
    @Test(arguments: [(10, 60, true), (10, 61, false), (20, 60, true), (30, 90, true), (30, 91, false), (0, 60, true)])
    func theLimitIsThreePeriodsAndAMinuteAtLeast(period: Int, age: Int, isCurrent: Bool) {
        var values = healthy
        values["balloon.last-update"] = .integer(1_000_000 - Int128(age))
        let cycle = poll(
            DomainXML.domain(balloon: "<memballoon model='virtio'><stats period='\(period)'/></memballoon>"), values)
        for meter in Self.guestFigures { #expect((cycle.volume(meter) != nil) == isCurrent, "\(meter)") }
        for meter in Self.hostFigures { #expect(cycle.volume(meter) != nil, "\(meter)") }
    }

    @Test func theReasonNamesTheCause() {
        var values = healthy
        values["balloon.last-update"] = .integer(999_000)
        #expect(
            poll(DomainXML.domain(), values).reason("memory.usage")
                == .stale(age: 1000, limit: 60, cause: .driverSilent))
        #expect(
            poll(DomainXML.domain(balloon: "<memballoon model='virtio'/>"), values).reason("memory.usage")
                == .stale(age: 1000, limit: 60, cause: .noPeriod))
        values["state.state"] = .integer(3)
        #expect(
            poll(DomainXML.domain(), values).reason("memory.usage") == .stale(age: 1000, limit: 60, cause: .paused))
        values["balloon.last-update"] = .integer(1_000_900)
        #expect(poll(DomainXML.domain(), values).reason("memory.usage") == .fromTheFuture(seconds: 900))
        values["balloon.last-update"] = nil
        #expect(poll(DomainXML.domain(), values).reason("memory.usage") == .unknownAge)
        #expect(poll(DomainXML.domain(type: "lxc"), values).volume("memory.usage") != nil)
    }

    /// A guest whose last report is of `update`, polled by both clocks.
    private struct Host {
        var poller = Poller(rules())
        var selection = MeterSelection(meters: ["memory.usage"], rules: rules())

        mutating func reason(update: Int128, wall: Int64, monotonic: Int64) -> MissingReason? {
            let values = healthy.merging(["balloon.last-update": .integer(update)]) { $1 }
            let reading = DomainReading(domain: DomainXML.domain(), stats: statistics(values))
            let cycle = poller.poll(
                Reading(at: Timestamp(seconds: wall), host: nil, domains: [reading], calls: 1), &selection,
                monotonicTime: .seconds(monotonic))
            return cycle.reason("memory.usage")
        }
    }

    /// The driver died, and the clock is set back by an hour: the last report is dated in the future, and an hour later it
    /// is dated as if it were of the present.
    @Test func aClockThatIsSetBackMakesNoOldFigureYoung() {
        var host = Host()
        #expect(host.reason(update: 1_000_000, wall: 1_000_001, monotonic: 1) == nil)
        #expect(host.reason(update: 1_000_000, wall: 1_000_101, monotonic: 101) != nil)
        #expect(host.reason(update: 1_000_000, wall: 996_501, monotonic: 111) != nil)
        for step in 0..<120 {
            let reason = host.reason(
                update: 1_000_000, wall: 999_900 + Int64(step), monotonic: 3600 + Int64(step))
            guard case .stale? = reason else {
                Issue.record("at \(step): \(String(describing: reason))")
                return
            }
        }
    }

    /// A clock that leaps for a poll makes no figure of a guest that reports old, nor one of the future.
    @Test func aClockThatLeapsCostsNoFigure() {
        var host = Host()
        #expect(host.reason(update: 1_000_000, wall: 1_000_005, monotonic: 5) == nil)
        #expect(host.reason(update: 1_000_010, wall: 1_000_015, monotonic: 15) == nil)
        // Eight days ahead, before the guest has reported by that clock.
        #expect(host.reason(update: 1_000_020, wall: 1_691_225, monotonic: 25) == nil)
        #expect(host.reason(update: 1_691_230, wall: 1_691_235, monotonic: 35) == nil)
        // And back again.
        #expect(host.reason(update: 1_691_240, wall: 1_000_045, monotonic: 45) == nil)
        #expect(host.reason(update: 1_000_050, wall: 1_000_055, monotonic: 55) == nil)
        // From here on it reports no more.
        #expect(host.reason(update: 1_000_050, wall: 1_000_155, monotonic: 155) != nil)
    }

    @Test func publishIsWhatCeilometerDoes() {
        var values = healthy
        values["balloon.last-update"] = .integer(1)
        let cycle = poll(DomainXML.domain(), values, policy: .publish)
        for meter in Self.guestFigures { #expect(cycle.volume(meter) != nil, "\(meter)") }
    }
}
