import Hypervisor
import Telemetry

/// All that a meter of an instance may look at: its statistics of one moment.
struct Observation {
    let instance: Instance
    let state: PowerState
    let stats: DomainStats
    /// Why the guest's own memory figures are not current; `nil` if they are.
    let stale: MissingReason?
    /// What is made of the CPU time, and whether QEMU is ending.
    let process: ProcessorTime.Verdict
}

/// A disk's volume; the state tells whether the guest runs.
typealias DiskRule = @Sendable (DomainStats.Block, DomainDescription.Disk, PowerState) -> Measurement

extension Observation {
    /// A figure of one disk.
    func measure(
        _ disk: DomainDescription.Disk, _ rule: DiskRule
    ) -> Measurement {
        guard let place = stats.blocks.firstIndex(where: { $0.name == disk.device }) else {
            return .missing(.noStatistics("statistics of the disk"))
        }
        return rule(stats.blocks[place], disk, state)
    }

    /// The sum of a figure of all disks; missing if one is, as a sum of some would look like a sum of all.
    func sum(_ rule: DiskRule) -> Measurement {
        guard !instance.disks.isEmpty else { return .missing(.noDisks) }
        var sum = Volume.integer(0)
        for disk in instance.disks {
            switch measure(disk, rule) {
            case .volume(let volume): sum = sum.adding(volume)
            case .missing(let reason): return .missing(reason)
            }
        }
        return .volume(sum)
    }
}
