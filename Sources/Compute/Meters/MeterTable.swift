public import Telemetry

/// Every meter of Ceilometer's compute agent that libvirt can give.
public enum MeterTable {
    static let rows: [MeterRow] =
        MeterRow.memory + MeterRow.cpu + MeterRow.power + MeterRow.disk + MeterRow.network

    /// The meters, in the table's order.
    public static let meters: [Meter] = rows.map(\.meter)

    /// The meters' names, in the table's order.
    public static let names: [String] = rows.map(\.meter.name)
}
