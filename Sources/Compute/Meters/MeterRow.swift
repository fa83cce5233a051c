import Hypervisor
import Telemetry

/// A meter: what it is called, what it needs, and how its volume follows from a domain's statistics.
struct MeterRow: Sendable {
    let meter: Meter
    /// The groups of statistics that it needs.
    let groups: StatisticsGroups
    let rule: Rule
    /// Whether `[compute] report_stopped_instance_metrics` has it published for an instance that is shut off, too.
    private(set) var isReportedWhenStopped = false
    /// Whether it is polled only where polling.yaml names it: no pattern selects it.
    private(set) var isOnRequest = false

    /// What a volume belongs to and how it is derived.
    enum Rule: Sendable {
        /// One volume for the instance.
        case instance(@Sendable (Observation) -> Measurement)
        /// As `instance`, with `cpu_number` in the metadata.
        case cpu(@Sendable (Observation) -> Measurement)
        /// One volume for the instance, from its flavor; always also while it is shut off.
        case flavor(@Sendable (Observation) -> Measurement)
        /// One volume for each disk.
        case disk(DiskRule)
        /// One volume for the instance: the sum over its disks, whose names the metadata lists.
        case diskSum(DiskRule)
        /// One volume for each NIC.
        case interface(@Sendable (DomainStats.Interface) -> Measurement)
        /// One volume for each NIC: how much a counter has grown since the cycle before.
        case interfaceDelta(InterfaceCounter)
        /// One volume for each NIC: how much a counter has grown in a second, since the cycle before.
        case interfaceRate(InterfaceCounter)
    }

    /// A NIC's counter; `nil` if libvirt sent none.
    typealias InterfaceCounter = @Sendable (DomainStats.Interface) -> Int128?

    init(_ name: String, _ type: MeterType, _ unit: String, _ groups: StatisticsGroups, _ rule: Rule) {
        meter = Meter(name: name, type: type, unit: unit)
        self.groups = groups
        self.rule = rule
    }

    /// The row, for instances that are shut off, too.
    var alsoWhenStopped: MeterRow {
        var row = self
        row.isReportedWhenStopped = true
        return row
    }

    /// The row, polled only where it is named.
    var onRequest: MeterRow {
        var row = self
        row.isOnRequest = true
        return row
    }
}
