import Compute
import Fuzzing
import Hypervisor
import Telemetry
import Testing

@Suite struct MemoryMeterTests {
    @Test func usageIsNeverBelowZero() {
        var values = healthy
        values["balloon.usable"] = .integer(95_000)
        #expect(poll(DomainXML.domain(), values).volume("memory.usage") == .real(0))
    }

    @Test func usageFallsBackToWhatIsUnused() {
        var values = healthy
        values["balloon.usable"] = nil
        #expect(poll(DomainXML.domain(), values).volume("memory.usage") == .real(34_000.0 / 1024))
        values["balloon.unused"] = nil
        #expect(poll(DomainXML.domain(), values).reason("memory.usage") == .notReported("its free memory"))
    }

    @Test func aDyingProcessHasNoResidentMemory() {
        var values = healthy
        values["balloon.rss"] = .integer(0)
        let cycle = poll(DomainXML.domain(), values)
        #expect(cycle.volume("memory.resident") == nil)
        #expect(cycle.reason("memory.resident") == .processUnseen)
        #expect(cycle.volume("memory") != nil)
    }

    @Test func swapNeedsBothCounters() {
        var values = healthy
        values["balloon.swap_out"] = nil
        let cycle = poll(DomainXML.domain(), values)
        #expect(cycle.volume("memory.swap.in") == nil)
        #expect(cycle.volume("memory.swap.out") == nil)
    }

    @Test func theReasonsWithoutABalloonOrADriver() {
        let bare: [String: StatisticValue] = [
            "state.state": .integer(1), "balloon.current": .integer(131_072), "balloon.rss": .integer(5),
        ]
        #expect(
            poll(DomainXML.domain(balloon: "<memballoon model='none'/>"), bare).reason("memory.usage") == .noBalloon)
        #expect(poll(DomainXML.domain(balloon: ""), bare).reason("memory.usage") == .noBalloon)
        var silent = bare
        silent["balloon.last-update"] = .integer(0)
        #expect(poll(DomainXML.domain(), silent).reason("memory.usage") == .noDriver)
        #expect(
            poll(DomainXML.domain(), ["state.state": .integer(1)]).reason("memory.usage")
                == .noStatistics("balloon statistics"))
    }

    @Test(arguments: ["balloon.available", "balloon.usable", "balloon.rss", "balloon.current"])
    func negativeFiguresAreNoSamples(name: String) {
        var values = healthy
        values[name] = .integer(-1)
        for sample in poll(DomainXML.domain(), values).samples { #expect(sample.volume.double >= 0) }
    }

    /// Whatever libvirt says, volumes are finite, and a meter is either there or missing with a reason, never both.
    @Test(arguments: 0..<200)
    func anyStatisticsYieldASampleOrAReason(seed: Int) {
        var generator = SplitMix(seed: seed)
        let odd: [StatisticValue] = [
            .integer(-1), .integer(0), .integer(1), .integer(Int128(UInt64.max)), .real(.nan), .real(1.5),
            .string("x"), .bool(true), .integer(999_999),
        ]
        var values: [String: StatisticValue] = [:]
        for name in healthy.keys.sorted() where generator.next() % 3 > 0 {
            values[name] = odd[Int(generator.next() % UInt64(odd.count))]
        }
        let cycle = poll(DomainXML.domain(), values)
        let missing = Set(cycle.instances.flatMap(\.missing).map(\.meter))
        let there = Set(cycle.samples.map(\.meter.name))
        #expect(missing.isDisjoint(with: there))
        for sample in cycle.samples { #expect(sample.volume.isFinite) }
        for meter in MeterTable.names where !meter.hasPrefix("disk.device") && !meter.hasPrefix("network") {
            #expect(missing.contains(meter) || there.contains(meter), "\(meter) of \(values)")
        }
    }
}
