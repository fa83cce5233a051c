import Hypervisor
import Telemetry

extension MeterRow {
    /// The flavor's disk sizes, in GiB, and what each disk did and holds. A figure that libvirt could not get of one
    /// disk costs that disk's meter alone.
    static let disk: [MeterRow] = [
        MeterRow("disk.root.size", .gauge, "GiB", [], .flavor { .volume(.integer(Int128($0.rootGiB))) }),
        MeterRow("disk.ephemeral.size", .gauge, "GiB", [], .flavor { .volume(.integer(Int128($0.ephemeralGiB))) }),
        device("disk.device.read.requests", .cumulative, "request", \.readRequests),
        device("disk.device.read.bytes", .cumulative, "B", \.readBytes),
        device("disk.device.read.latency", .cumulative, "ns", \.readTime),
        device("disk.device.write.requests", .cumulative, "request", \.writeRequests),
        device("disk.device.write.bytes", .cumulative, "B", \.writeBytes),
        device("disk.device.write.latency", .cumulative, "ns", \.writeTime),
        MeterRow(
            "disk.device.capacity", .gauge, "B", .block,
            .disk { block in
                // A CD-ROM's image can be larger than it says (ceilometer.compute.virt.libvirt.inspector).
                guard let capacity = block.capacity, capacity >= 0 else {
                    return .counter(block.capacity, else: .noStatistics("size of the disk"))
                }
                return .volume(.integer(max(capacity, block.physical ?? 0)))
            }),
        device("disk.device.allocation", .gauge, "B", \.allocation),
        device("disk.device.usage", .gauge, "B", \.physical),
    ]

    private static func device(
        _ name: String, _ type: MeterType, _ unit: String,
        _ path: any KeyPath<DomainStats.Block, Int128?> & Sendable
    ) -> MeterRow {
        MeterRow(
            name, type, unit, .block,
            .disk { .counter($0[keyPath: path], else: .noStatistics("statistics of the disk")) })
    }
}
