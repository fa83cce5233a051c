import Hypervisor
import Telemetry

extension MeterRow {
    /// Processor time and count, and performance events.
    static let cpu: [MeterRow] = [
        MeterRow("cpu", .cumulative, "ns", [.cpu, .vcpu], .cpu { $0.cpuTime }),
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

extension Observation {
    /// The sum of `time` and `wait` of the virtual CPUs if as many have both as are online, else `cpu.time`
    /// (ceilometer.compute.virt.libvirt.inspector). `wait` is time in the host's run queue; Ceilometer adds it.
    ///
    /// Where libvirt sent neither Ceilometer sends 0; here there is no sample, as a counter that nobody read is not 0.
    fileprivate var cpuTime: Measurement {
        var sum: Int128 = 0
        var complete = 0
        for vcpu in stats.vcpus where Int128(vcpu.index) < stats.vcpuMaximum ?? 0 {
            guard let time = vcpu.time, let wait = vcpu.wait else { continue }
            sum += time + wait
            complete += 1
        }
        if let current = stats.vcpuCurrent {
            if Int128(complete) == current, complete > 0 { return .counter(sum, else: .noStatistics("CPU time")) }
        } else if complete > 0 {
            return .counter(sum, else: .noStatistics("CPU time"))
        }
        return .counter(stats.cpuTime, else: .noStatistics("CPU time"))
    }
}
