import Hypervisor
import Telemetry

extension MeterRow {
    /// Processor time and count, and performance events.
    static let cpu: [MeterRow] = [
        MeterRow("cpu", .cumulative, "ns", [.cpu, .vcpu], .cpu { $0.process.time }),
        MeterRow(
            "vcpus", .gauge, "vcpu", .vcpu,
            .instance { .counter($0.stats.vcpuCurrent, else: .noStatistics("number of virtual CPUs")) }
        ).alsoWhenStopped,
        MeterRow(
            "perf.cpu.cycles", .gauge, "", .perf,
            .instance { .counter($0.stats.perf.cpuCycles, else: .noStatistics("performance event cpu_cycles")) }),
        MeterRow(
            "perf.instructions", .gauge, "", .perf,
            .instance { .counter($0.stats.perf.instructions, else: .noStatistics("performance event instructions")) }),
        MeterRow(
            "perf.cache.references", .gauge, "", .perf,
            .instance {
                .counter($0.stats.perf.cacheReferences, else: .noStatistics("performance event cache_references"))
            }),
        MeterRow(
            "perf.cache.misses", .gauge, "", .perf,
            .instance { .counter($0.stats.perf.cacheMisses, else: .noStatistics("performance event cache_misses")) }),
    ]
}
