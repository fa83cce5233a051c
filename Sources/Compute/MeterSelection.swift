public import Hypervisor
import Telemetry

/// The meters that one polling task wants, with what it must remember between its cycles.
public struct MeterSelection {
    let rows: [MeterRow]
    var growth = CounterGrowth()

    /// The groups of statistics that these meters need, and the state, which every sample's metadata needs.
    public let groups: StatisticsGroups

    /// The meters of those names, in the order given; names that are no meter of the table are passed over.
    public init(meters: [String], rules: SampleRules) {
        let table = Dictionary(uniqueKeysWithValues: MeterTable.rows.map { ($0.meter.name, $0) })
        rows = meters.compactMap { table[$0] }
        groups = rows.reduce(.state) { groups, row in
            // A domain without a flavor has the sizes of its disks.
            if case .flavor = row.rule, rules.unmanagedOwner != nil { return groups.union(.block) }
            return groups.union(row.groups)
        }
    }

    /// The names of the selected meters.
    public var names: [String] { rows.map(\.meter.name) }
}
