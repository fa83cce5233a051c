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

    @Test func publishIsWhatCeilometerDoes() {
        var values = healthy
        values["balloon.last-update"] = .integer(1)
        let cycle = poll(DomainXML.domain(), values, policy: .publish)
        for meter in Self.guestFigures { #expect(cycle.volume(meter) != nil, "\(meter)") }
    }
}
