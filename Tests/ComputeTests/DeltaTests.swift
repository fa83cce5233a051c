import Compute
import Hypervisor
import Telemetry
import Testing

/// Deltas are keyed by instance and NIC, survive a new order of devices, and restart after a counter's reset.
@Suite struct DeltaTests {
    private static let nics = """
        <interface type='bridge'><mac address='fa:16:3e:00:00:01'/><target dev='tap1'/></interface>\
        <interface type='bridge'><mac address='fa:16:3e:00:00:02'/><target dev='tap2'/></interface>
        """

    @Test func growthOrderAndReset() {
        var poller = Poller(rules())
        var selection = MeterSelection(meters: ["network.incoming.bytes.delta"], rules: rules())
        let domain = DomainXML.domain(devices: Self.nics)
        func deltas(_ counters: [(String, Int128)]) -> [Volume] {
            var stats = DomainStats()
            stats.set("state.state", .integer(1))
            for (index, counter) in counters.enumerated() {
                stats.set("net.\(index).name", .string(counter.0))
                stats.set("net.\(index).rx.bytes", .integer(counter.1))
            }
            return poller.poll(
                Reading(
                    at: Timestamp(seconds: 1), host: nil, domains: [DomainReading(domain: domain, stats: stats)],
                    calls: 1), &selection
            ).samples.map(\.volume)
        }
        #expect(deltas([("tap1", 100), ("tap2", 1000)]) == [.integer(0), .integer(0)])
        #expect(deltas([("tap2", 1500), ("tap1", 101)]) == [.integer(1), .integer(500)])
        #expect(deltas([("tap1", 7), ("tap2", 1500)]) == [.integer(7), .integer(0)])
        #expect(deltas([("tap1", -1), ("tap2", 1501)]) == [.integer(1)])
    }
}
