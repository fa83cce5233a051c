import Compute
import Hypervisor
import Telemetry

/// Domains for tests: Nova's metadata around what a test varies.
enum DomainXML {
    static let uuid = "6e7c0001-0000-4000-8000-000000000001"

    static let nova = """
        <nova:instance xmlns:nova="http://openstack.org/xmlns/libvirt/nova/1.1"><nova:name>web</nova:name>\
        <nova:flavor name="m1" id="2"><nova:memory>128</nova:memory><nova:disk>20</nova:disk>\
        <nova:ephemeral>5</nova:ephemeral></nova:flavor>\
        <nova:owner><nova:user uuid="u"/><nova:project uuid="p"/></nova:owner></nova:instance>
        """

    static func domain(
        nova: String = DomainXML.nova, balloon: String = "<memballoon model='virtio'><stats period='10'/></memballoon>",
        devices: String = "", type: String = "kvm", prologue: String = "",
        os: String = "<type arch='x86_64'>hvm</type>",
        name: String = "instance-00000001", id: Int? = 1, head: String = ""
    ) -> Domain {
        Domain(
            uuid: uuid, name: name, id: id,
            xml:
                "\(prologue)<domain type='\(type)'><name>\(name)</name>\(head)<metadata>\(nova)</metadata><os>\(os)</os>"
                + "<devices>\(balloon)\(devices)</devices></domain>")
    }
}

/// Rules of a host `h` whose samples are openstack's, with what a test changes.
func rules(_ change: (inout SampleRules) -> Void = { _ in }) -> SampleRules {
    var rules = SampleRules(host: HostIdentity(host: "h", sampleSource: "openstack"))
    change(&rules)
    return rules
}

/// Statistics of those values.
func statistics(_ values: [String: StatisticValue]) -> DomainStats {
    var stats = DomainStats()
    for (name, value) in values.sorted(by: { $0.key < $1.key }) { stats.set(name, value) }
    return stats
}

/// One poll of one domain.
func poll(
    _ domain: Domain, _ values: [String: StatisticValue], at: Int64 = 1_000_000, policy: StalePolicy = .withhold,
    meters: [String] = MeterTable.names, occupation: Occupation? = nil,
    rules change: (inout SampleRules) -> Void = { _ in }
) -> Cycle {
    let rules = rules {
        $0.stalePolicy = policy
        change(&$0)
    }
    var poller = Poller(rules)
    var selection = MeterSelection(meters: meters, rules: rules)
    return poller.poll(
        Reading(
            at: Timestamp(seconds: at), host: nil,
            domains: [DomainReading(domain: domain, stats: statistics(values), occupation: occupation)], calls: 1),
        &selection)
}

extension Cycle {
    /// The volume of a meter; `nil` if there is no sample.
    func volume(_ meter: String) -> Volume? { samples.first { $0.meter.name == meter }?.volume }
    /// Why a meter is missing; `nil` if nothing is said.
    func reason(_ meter: String) -> MissingReason? {
        instances.first?.missing.first { $0.meter == meter }?.reason
    }
}

/// A running guest that reported ten seconds before the default time of `poll`.
let healthy: [String: StatisticValue] = [
    "state.state": .integer(1), "balloon.current": .integer(131_072), "balloon.available": .integer(94_000),
    "balloon.usable": .integer(70_000), "balloon.unused": .integer(60_000), "balloon.rss": .integer(200_000),
    "balloon.swap_in": .integer(0), "balloon.swap_out": .integer(3), "balloon.last-update": .integer(999_990),
    "vcpu.current": .integer(1), "vcpu.maximum": .integer(1), "vcpu.0.time": .integer(100), "vcpu.0.wait": .integer(5),
    "cpu.time": .integer(999),
]
