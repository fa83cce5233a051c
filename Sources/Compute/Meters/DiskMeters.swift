import Hypervisor
import Telemetry

extension MeterRow {
    /// The flavor's disk sizes, and what each disk did and takes.
    static let disk: [MeterRow] = [
        MeterRow("disk.root.size", .gauge, "GiB", [], .flavor { $0.instance.rootSize(in: $0.stats) }),
        MeterRow("disk.ephemeral.size", .gauge, "GiB", [], .flavor { $0.instance.ephemeralSize(in: $0.stats) }),
        device("disk.device.read.requests", .cumulative, "request") { block, _, _ in .block(block.readRequests) },
        device("disk.device.read.bytes", .cumulative, "B") { block, _, _ in .block(block.readBytes) },
        device("disk.device.read.latency", .cumulative, "ns") { block, _, _ in .block(block.readTime) },
        device("disk.device.write.requests", .cumulative, "request") { block, _, _ in .block(block.writeRequests) },
        device("disk.device.write.bytes", .cumulative, "B") { block, _, _ in .block(block.writeBytes) },
        device("disk.device.write.latency", .cumulative, "ns") { block, _, _ in .block(block.writeTime) },
        size("disk.device.capacity", .disk(capacity)).alsoWhenStopped,
        size("disk.device.allocation", .disk(allocation)).alsoWhenStopped,
        size("disk.device.usage", .disk(usage)).alsoWhenStopped,
    ]

    /// The meters that Ceilometer had until its release 11: the sum over an instance's disks.
    static let diskSums: [MeterRow] = [
        sum("disk.read.requests", .cumulative, "request") { block, _, _ in .block(block.readRequests) },
        sum("disk.read.bytes", .cumulative, "B") { block, _, _ in .block(block.readBytes) },
        sum("disk.write.requests", .cumulative, "request") { block, _, _ in .block(block.writeRequests) },
        sum("disk.write.bytes", .cumulative, "B") { block, _, _ in .block(block.writeBytes) },
        size("disk.capacity", .diskSum(capacity)).alsoWhenStopped.onRequest,
        size("disk.allocation", .diskSum(allocation)).alsoWhenStopped.onRequest,
        size("disk.usage", .diskSum(usage)).alsoWhenStopped.onRequest,
    ]

    private static let capacity: DiskRule = { ImageSizes($0, $1, $2).capacity }
    private static let allocation: DiskRule = { ImageSizes($0, $1, $2).allocation }
    private static let usage: DiskRule = { ImageSizes($0, $1, $2).usage }

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

    private static func size(_ name: String, _ rule: Rule) -> MeterRow {
        MeterRow(name, .gauge, "B", [.block, .blockInfo], rule)
    }
}

extension Measurement {
    /// A number of a disk's statistics.
    fileprivate static func block(_ value: Int128?) -> Measurement {
        .counter(value, else: .noStatistics("statistics of the disk"))
    }
}
