import Compute
import Hypervisor
import Telemetry
import Testing

/// What libvirt sends of a guest whose QEMU hangs: everything that needs no monitor.
@Suite struct OccupationTests {
    private let silent: [String: StatisticValue] = [
        "state.state": .integer(1), "cpu.time": .integer(999), "balloon.current": .integer(131_072),
        "balloon.maximum": .integer(131_072), "vcpu.current": .integer(2), "vcpu.maximum": .integer(2),
    ]

    @Test func whatNeedsNoMonitorIsThere() {
        let cycle = poll(DomainXML.domain(), silent, occupation: Occupation(duration: .seconds(7)))
        #expect(cycle.volume("power.state") == .integer(1))
        #expect(cycle.volume("vcpus") == .integer(2))
        #expect(cycle.volume("memory") == .real(128))
        #expect(cycle.volume("disk.root.size") == .integer(15))
    }

    @Test func whatIsMissingIsMissingForThat() {
        let cycle = poll(DomainXML.domain(), silent, occupation: Occupation(duration: .milliseconds(7900)))
        for meter in ["memory.usage", "memory.resident", "memory.swap.in", "perf.instructions"] {
            #expect(cycle.volume(meter) == nil)
            #expect(cycle.reason(meter) == .busy(seconds: 7), "\(meter)")
        }
        #expect(cycle.reason("memory.usage")?.description.contains("busy for 7 s") == true)
        let shared = poll(DomainXML.domain(), silent, occupation: Occupation(duration: nil))
        #expect(shared.reason("memory.usage") == .busy(seconds: nil))
        #expect(poll(DomainXML.domain(), silent).reason("memory.usage") == .noStatistics("balloon statistics"))
    }

    @Test func otherReasonsStayWhatTheyAre() {
        var values = silent
        let none = poll(
            DomainXML.domain(balloon: "<memballoon model='none'/>"), values,
            occupation: Occupation(duration: .seconds(7)))
        #expect(none.reason("memory.usage") == .noBalloon)
        values["state.state"] = .integer(5)
        #expect(
            poll(DomainXML.domain(), values, occupation: Occupation(duration: .seconds(7))).reason("vcpus") == .shutOff)
    }

    @Test func onlyALongOneIsWorthTelling() {
        #expect(!Occupation(duration: nil).isNotable)
        #expect(!Occupation(duration: .milliseconds(50)).isNotable)
        #expect(Occupation(duration: .seconds(1)).isNotable)
    }
}
