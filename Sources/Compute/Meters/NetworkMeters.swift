import Hypervisor
import Telemetry

extension MeterRow {
    /// What each NIC received and sent, as the guest sees it.
    static let network: [MeterRow] = [
        counter("network.incoming.bytes", "B") { $0.receivedBytes },
        counter("network.incoming.packets", "packet") { $0.receivedPackets },
        counter("network.incoming.packets.drop", "packet") { $0.receiveDrops },
        counter("network.incoming.packets.error", "packet") { $0.receiveErrors },
        counter("network.outgoing.bytes", "B") { $0.sentBytes },
        counter("network.outgoing.packets", "packet") { $0.sentPackets },
        counter("network.outgoing.packets.drop", "packet") { $0.sendDrops },
        counter("network.outgoing.packets.error", "packet") { $0.sendErrors },
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
        _ name: String, _ unit: String, _ counter: @escaping MeterRow.InterfaceCounter
    ) -> MeterRow {
        MeterRow(
            name, .cumulative, unit, .interface,
            .interface { .counter(counter($0), else: .noStatistics("statistics of the NIC")) })
    }
}
