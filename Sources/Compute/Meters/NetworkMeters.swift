import Hypervisor
import Telemetry

extension MeterRow {
    /// What each NIC received and sent, as the guest sees it.
    static let network: [MeterRow] = [
        counter("network.incoming.bytes", "B", \.receivedBytes),
        counter("network.incoming.packets", "packet", \.receivedPackets),
        counter("network.incoming.packets.drop", "packet", \.receiveDrops),
        counter("network.incoming.packets.error", "packet", \.receiveErrors),
        counter("network.outgoing.bytes", "B", \.sentBytes),
        counter("network.outgoing.packets", "packet", \.sentPackets),
        counter("network.outgoing.packets.drop", "packet", \.sendDrops),
        counter("network.outgoing.packets.error", "packet", \.sendErrors),
        MeterRow("network.incoming.bytes.delta", .delta, "B", .interface, .interfaceDelta { $0.receivedBytes }),
        MeterRow("network.outgoing.bytes.delta", .delta, "B", .interface, .interfaceDelta { $0.sentBytes }),
    ]

    /// Ceilometer lists these and has no inspector that delivers them with libvirt.
    static let networkRates: [MeterRow] = [
        MeterRow("network.incoming.bytes.rate", .gauge, "B/s", .interface, .interfaceRate { $0.receivedBytes })
            .onRequest,
        MeterRow("network.outgoing.bytes.rate", .gauge, "B/s", .interface, .interfaceRate { $0.sentBytes }).onRequest,
    ]

    private static func counter(
        _ name: String, _ unit: String, _ path: any KeyPath<DomainStats.Interface, Int128?> & Sendable
    ) -> MeterRow {
        MeterRow(
            name, .cumulative, unit, .interface,
            .interface { .counter($0[keyPath: path], else: .noStatistics("statistics of the NIC")) })
    }
}
