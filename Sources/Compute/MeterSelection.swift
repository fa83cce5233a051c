public import Hypervisor
import Telemetry

/// The meters that one polling task wants, with what it must remember between its cycles.
public struct MeterSelection {
    let rows: [MeterRow]
    var deltas = CounterDeltas()

    /// The groups of statistics that these meters need, and the state, which every sample's metadata needs.
    public let groups: StatisticsGroups

    /// The meters of those names, in the order given; names that are no meter of the table are passed over.
    public init(meters: [String]) {
        let table = Dictionary(uniqueKeysWithValues: MeterTable.rows.map { ($0.meter.name, $0) })
        rows = meters.compactMap { table[$0] }
        groups = rows.reduce(.state) { $0.union($1.groups) }
    }

    /// The names of the selected meters.
    public var names: [String] { rows.map(\.meter.name) }
}
