public import Telemetry

/// Every meter of Ceilometer's compute agent that libvirt can give.
public enum MeterTable {
    static let rows: [MeterRow] =
        MeterRow.memory + MeterRow.cpu + MeterRow.power + MeterRow.disk + MeterRow.network + MeterRow.diskSums
        + MeterRow.networkRates

    /// The meters, in the table's order.
    public static let meters: [Meter] = rows.map(\.meter)

    /// The names of the meters that a pattern such as `*` can select, in the table's order.
    public static let names: [String] = rows.filter { !$0.isOnRequest }.map(\.meter.name)

    /// The names of the meters that must be named in full: those that Ceilometer no longer has, and those that it lists
    /// but never delivers with libvirt.
    public static let namesOnRequest: [String] = rows.filter(\.isOnRequest).map(\.meter.name)
}
