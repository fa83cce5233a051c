import Hypervisor
import Telemetry

/// A meter: what it is called, what it needs, and how its volume follows from a domain's statistics.
struct MeterRow: Sendable {
    let meter: Meter
    /// The groups of statistics that it needs.
    let groups: StatisticsGroups
    let rule: Rule

    /// What a volume belongs to and how it is derived.
    enum Rule: Sendable {
        /// One volume for the instance; not while it is shut off.
        case instance(@Sendable (Observation) -> Measurement)
        /// As `instance`, with `cpu_number` in the metadata.
        case cpu(@Sendable (Observation) -> Measurement)
        /// One volume for the instance, from what Nova wrote; also while it is shut off.
        case flavor(@Sendable (Instance) -> Measurement)
        /// One volume for each disk.
        case disk(@Sendable (DomainStats.Block) -> Measurement)
        /// One volume for each NIC.
        case interface(@Sendable (DomainStats.Interface) -> Measurement)
        /// One volume for each NIC: how much a counter has grown since the cycle before.
        case interfaceDelta(@Sendable (DomainStats.Interface) -> Int128?)
    }

    init(_ name: String, _ type: MeterType, _ unit: String, _ groups: StatisticsGroups, _ rule: Rule) {
        meter = Meter(name: name, type: type, unit: unit)
        self.groups = groups
        self.rule = rule
    }
}
