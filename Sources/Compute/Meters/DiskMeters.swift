import Hypervisor
import Telemetry

extension MeterRow {
    /// The flavor's disk sizes, and what each disk did and takes.
    static let disk: [MeterRow] = [
        MeterRow("disk.root.size", .gauge, "GiB", [], .flavor { $0.instance.rootSize(in: $0.stats) }),
        MeterRow("disk.ephemeral.size", .gauge, "GiB", [], .flavor { $0.instance.ephemeralSize(in: $0.stats) }),
        device("disk.device.read.requests", .cumulative, "request") { block, _ in .block(block.readRequests) },
        device("disk.device.read.bytes", .cumulative, "B") { block, _ in .block(block.readBytes) },
        device("disk.device.read.latency", .cumulative, "ns") { block, _ in .block(block.readTime) },
        device("disk.device.write.requests", .cumulative, "request") { block, _ in .block(block.writeRequests) },
        device("disk.device.write.bytes", .cumulative, "B") { block, _ in .block(block.writeBytes) },
        device("disk.device.write.latency", .cumulative, "ns") { block, _ in .block(block.writeTime) },
        device("disk.device.capacity", .gauge, "B", capacity).alsoWhenStopped,
        device("disk.device.allocation", .gauge, "B", allocation).alsoWhenStopped,
        device("disk.device.usage", .gauge, "B", usage).alsoWhenStopped,
    ]

    /// The meters that Ceilometer had until its release 11: the sum over an instance's disks.
    static let diskSums: [MeterRow] = [
        sum("disk.read.requests", .cumulative, "request") { block, _ in .block(block.readRequests) },
        sum("disk.read.bytes", .cumulative, "B") { block, _ in .block(block.readBytes) },
        sum("disk.write.requests", .cumulative, "request") { block, _ in .block(block.writeRequests) },
        sum("disk.write.bytes", .cumulative, "B") { block, _ in .block(block.writeBytes) },
        sum("disk.capacity", .gauge, "B", capacity).alsoWhenStopped,
        sum("disk.allocation", .gauge, "B", allocation).alsoWhenStopped,
        sum("disk.usage", .gauge, "B", usage).alsoWhenStopped,
    ]

    /// A CD-ROM's image can be larger than it says (ceilometer.compute.virt.libvirt.inspector).
    private static let capacity: DiskRule = { block, _ in
        guard let capacity = block.capacity, capacity >= 0 else {
            return .counter(block.capacity, else: .noStatistics("size of the disk"))
        }
        return .volume(.integer(max(capacity, block.physical ?? 0)))
    }

    /// Of a guest that does not run, libvirt leaves out an allocation of 0 (`qemuDomainGetStatsOneBlockFallback`), which
    /// `virDomainGetBlockInfo` tells.
    private static let allocation: DiskRule = { block, state in
        if block.allocation == nil, state == .shutOff, block.capacity != nil { return .volume(.integer(0)) }
        return .block(block.allocation)
    }

    private static let usage: DiskRule = { block, _ in .block(block.physical) }

    private static func device(
        _ name: String, _ type: MeterType, _ unit: String, _ rule: @escaping DiskRule
    ) -> MeterRow {
        MeterRow(name, type, unit, .block, .disk(rule))
    }

    private static func sum(
        _ name: String, _ type: MeterType, _ unit: String, _ rule: @escaping DiskRule
    ) -> MeterRow {
        MeterRow(name, type, unit, .block, .diskSum(rule)).onRequest
    }
}

extension Measurement {
    /// A number of a disk's statistics.
    fileprivate static func block(_ value: Int128?) -> Measurement {
        .counter(value, else: .noStatistics("statistics of the disk"))
    }
}
