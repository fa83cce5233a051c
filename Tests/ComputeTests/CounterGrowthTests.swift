@testable import Compute
import Fuzzing
import Hypervisor
import Telemetry
import Testing

/// Growth covers gaps, knows a restart from an overtaken counter, and is a rate only over a time that went forward.
@Suite struct CounterGrowthTests {
    private static let nic =
        "<interface type='bridge'><mac address='fa:16:3e:00:00:01'/><target dev='tap1'/></interface>"

    private var poller = Poller(rules())
    private var selection = MeterSelection(
        meters: ["network.incoming.bytes.delta", "network.incoming.bytes.rate"], rules: rules())

    private mutating func poll(
        _ bytes: Int128?, at seconds: Double, id: Int? = 1, state: Int128 = 1, monotonic: Double? = nil
    ) -> Cycle {
        var values: [String: StatisticValue] = ["state.state": .integer(state)]
        if let bytes {
            values["net.0.name"] = .string("tap1")
            values["net.0.rx.bytes"] = .integer(bytes)
        }
        let reading = DomainReading(
            domain: DomainXML.domain(devices: Self.nic, id: id), stats: statistics(values))
        return poller.poll(
            Reading(at: Timestamp(microseconds: Int64(seconds * 1e6)), host: nil, domains: [reading], calls: 1),
            &selection, monotonicTime: monotonic.map { .seconds($0) })
    }

    @Test mutating func rateIsGrowthInASecond() {
        #expect(poll(1000, at: 100).reason("network.incoming.bytes.rate") == .firstPoll)
        #expect(poll(1500, at: 110).volume("network.incoming.bytes.rate") == .real(50))
        #expect(poll(1501, at: 110.5).volume("network.incoming.bytes.rate") == .real(2))
        // A reset: what was counted since.
        #expect(poll(20, at: 120.5).volume("network.incoming.bytes.rate") == .real(2))
        #expect(poll(30, at: 120.5).reason("network.incoming.bytes.rate") == .clockSetBack)
        #expect(poll(40, at: 90).reason("network.incoming.bytes.rate") == .clockSetBack)
        #expect(poll(50, at: 100).volume("network.incoming.bytes.rate") == .real(1))
    }

    @Test mutating func aClockThatIsSetChangesNoRateIfAnotherIsKnown() {
        _ = poll(1000, at: 100, monotonic: 7)
        #expect(poll(1500, at: 3700, monotonic: 17).volume("network.incoming.bytes.rate") == .real(50))
        #expect(poll(1510, at: 20, monotonic: 18).volume("network.incoming.bytes.rate") == .real(10))
    }

    @Test mutating func aGapIsCoveredByTheNextGrowth() {
        _ = poll(100, at: 10)
        #expect(poll(nil, at: 20).volume("network.incoming.bytes.delta") == nil)
        let cycle = poll(700, at: 40)
        #expect(cycle.volume("network.incoming.bytes.delta") == .integer(600))
        #expect(cycle.volume("network.incoming.bytes.rate") == .real(20))
    }

    @Test mutating func aGuestThatWasStartedAnewCountsFromZero() {
        _ = poll(100, at: 10)
        #expect(poll(nil, at: 20, id: nil, state: 5).samples.isEmpty)
        // More than before the restart, and all of it new.
        #expect(poll(150, at: 30, id: 2).volume("network.incoming.bytes.delta") == .integer(150))
        // A restart between two polls.
        #expect(poll(400, at: 40, id: 3).volume("network.incoming.bytes.delta") == .integer(400))
        #expect(poll(401, at: 50, id: 3).volume("network.incoming.bytes.delta") == .integer(1))
    }

    /// libvirt makes up another name for the NIC with each start, and the domain that is off has none.
    @Test func aNameThatLibvirtMadeUpIsNoKey() {
        var poller = Poller(rules())
        var selection = MeterSelection(meters: ["network.incoming.bytes.delta"], rules: rules())
        func delta(_ device: String?, _ bytes: Int128, id: Int?) -> Volume? {
            let target = device.map { "<target dev='\($0)'/>" } ?? ""
            let nic = "<interface type='network'><mac address='52:54:00:00:00:01'/>\(target)</interface>"
            var values: [String: StatisticValue] = ["state.state": .integer(id == nil ? 5 : 1)]
            if let device {
                values["net.0.name"] = .string(device)
                values["net.0.rx.bytes"] = .integer(bytes)
            }
            let reading = DomainReading(domain: DomainXML.domain(devices: nic, id: id), stats: statistics(values))
            return poller.poll(
                Reading(at: Timestamp(seconds: 1), host: nil, domains: [reading], calls: 1), &selection
            ).volume("network.incoming.bytes.delta")
        }
        #expect(delta("vnet3", 100, id: 1) == .integer(0))
        #expect(delta("vnet3", 150, id: 1) == .integer(50))
        #expect(delta(nil, 0, id: nil) == nil)
        #expect(delta("vnet7", 70, id: 2) == .integer(70))
        #expect(delta("vnet9", 500, id: 3) == .integer(500))
    }

    /// Two NICs of one address: each has its own counter, a restart begins both anew, and one that comes is new.
    @Test func nicsOfOneAddressStayApart() {
        var poller = Poller(rules())
        var selection = MeterSelection(meters: ["network.incoming.bytes.delta"], rules: rules())
        func deltas(_ nics: [(device: String, bytes: Int128?)], id: Int?) -> [Int128] {
            var values: [String: StatisticValue] = ["state.state": .integer(id == nil ? 5 : 1)]
            var devices = ""
            for (index, nic) in nics.enumerated() {
                devices +=
                    "<interface type='network'><mac address='52:54:00:00:00:01'/><target dev='\(nic.device)'/></interface>"
                values["net.\(index).name"] = .string(nic.device)
                values["net.\(index).rx.bytes"] = nic.bytes.map { .integer($0) }
            }
            let reading = DomainReading(domain: DomainXML.domain(devices: devices, id: id), stats: statistics(values))
            return poller.poll(
                Reading(at: Timestamp(seconds: 1), host: nil, domains: [reading], calls: 1), &selection
            ).samples.compactMap { if case .integer(let count) = $0.volume { count } else { nil } }
        }
        #expect(deltas([("vnet0", 1000), ("vnet1", 10)], id: 1) == [0, 0])
        #expect(deltas([("vnet0", 1300), ("vnet1", 15)], id: 1) == [300, 5])
        #expect(deltas([("vnet0", nil), ("vnet1", 16)], id: 1) == [1])
        #expect(deltas([("vnet0", 1400), ("vnet1", 17)], id: 1) == [100, 1])
        // A third one.
        #expect(deltas([("vnet0", 1401), ("vnet1", 18), ("vnet2", 5000)], id: 1) == [1, 1, 0])
        // The first is taken out and put in again.
        #expect(deltas([("vnet1", 19), ("vnet2", 5001), ("vnet3", 7)], id: 1) == [1, 1, 7])
        #expect(deltas([], id: nil) == [])
        #expect(deltas([("vnet8", 40), ("vnet9", nil), ("vnet10", 3)], id: 2) == [40, 3])
        #expect(deltas([("vnet8", 41), ("vnet9", 60), ("vnet10", 3)], id: 2) == [1, 60, 0])
    }

    /// The names go round among the NICs of a running guest: each counter is of another tap device, and began at 0.
    @Test func nicsThatChangeTheirNamesCountFromZero() {
        var poller = Poller(rules())
        var selection = MeterSelection(meters: ["network.incoming.bytes.delta"], rules: rules())
        func deltas(_ nics: [(mac: String, bytes: Int128)]) -> [Volume] {
            var values: [String: StatisticValue] = ["state.state": .integer(1)]
            var devices = ""
            for (index, nic) in nics.enumerated() {
                devices += "<interface><mac address='\(nic.mac)'/><target dev='vnet\(index)'/></interface>"
                values["net.\(index).name"] = .string("vnet\(index)")
                values["net.\(index).rx.bytes"] = .integer(nic.bytes)
            }
            let reading = DomainReading(domain: DomainXML.domain(devices: devices), stats: statistics(values))
            return poller.poll(
                Reading(at: Timestamp(seconds: 1), host: nil, domains: [reading], calls: 1), &selection
            ).samples.map(\.volume)
        }
        #expect(deltas([("a", 1000), ("b", 2000), ("c", 3000)]) == [0, 0, 0].map { .integer($0) })
        #expect(deltas([("b", 10), ("c", 20), ("a", 3000)]) == [10, 20, 3000].map { .integer($0) })
        #expect(deltas([("b", 11), ("c", 22), ("a", 3003)]) == [1, 2, 3].map { .integer($0) })
    }

    /// Whatever the order of reads, gaps and resets: the growth of a counter that is never reset sums up to its end less
    /// its beginning.
    @Test(arguments: 0..<20) func growthSumsUp(seed: Int) {
        var growth = CounterGrowth()
        var random = SplitMix(seed: seed)
        let key = CounterGrowth.Key(device: "d", mac: "m", meter: 0)
        var value: Int128 = Int128(random.next() % 1000)
        let first = value
        var sum: Int128 = 0
        growth.beginCycle()
        #expect(growth.grow(key, of: "i", to: value, at: .init(at: Timestamp(seconds: 0)), domain: 1) == nil)
        var last = value
        for step in 1..<200 {
            growth.beginCycle()
            value += Int128(random.next() % 1000)
            if random.next() % 4 == 0 {
                growth.keep(key, of: "i")
            } else {
                last = value
                sum +=
                    growth.grow(key, of: "i", to: value, at: .init(at: Timestamp(seconds: Int64(step))), domain: 1)?
                    .count ?? -1
            }
        }
        #expect(sum == last - first)
    }
}
