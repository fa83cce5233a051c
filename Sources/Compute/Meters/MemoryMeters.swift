import Hypervisor
import Telemetry

extension MeterRow {
    /// The memory meters, in MiB. All but `memory` and `memory.resident` are the guest's own figures.
    static let memory: [MeterRow] = [
        MeterRow("memory", .gauge, "MiB", .balloon, .instance { $0.memory }).alsoWhenStopped,
        MeterRow("memory.usage", .gauge, "MiB", .balloon, .instance { $0.memoryUsage }),
        MeterRow(
            "memory.available", .gauge, "MiB", .balloon,
            .instance { observation in
                observation.guestFigure(observation.stats.balloon.available, "its total memory")
            }),
        MeterRow("memory.resident", .gauge, "MiB", .balloon, .instance { $0.residentMemory }),
        MeterRow(
            "memory.swap.in", .cumulative, "MiB", .balloon,
            .instance { $0.swap($0.stats.balloon.swapIn) }),
        MeterRow(
            "memory.swap.out", .cumulative, "MiB", .balloon,
            .instance { $0.swap($0.stats.balloon.swapOut) }),
    ]
}

extension Observation {
    /// A figure that only the guest knows: current, or not published.
    fileprivate func guestFigure(_ kibibytes: Int128?, _ what: String) -> Measurement {
        if let absence = absence(of: kibibytes, what) { return .missing(absence) }
        if let stale { return .missing(stale) }
        return .mebibytes(kibibytes, else: .notReported(what))
    }

    /// What the guest has; what it may have at most while it is shut off, as in Ceilometer.
    fileprivate var memory: Measurement {
        .mebibytes(
            state == .shutOff ? stats.balloon.maximum : stats.balloon.current,
            else: .noStatistics("balloon statistics"))
    }

    /// Why the guest's figure is not there at all; `nil` if it is.
    private func absence(of figure: Int128?, _ what: String) -> MissingReason? {
        guard figure == nil else { return nil }
        let balloon = stats.balloon
        if !instance.balloon.isPresent { return .noBalloon }
        if balloon.lastUpdate == 0 { return .noDriver }
        if balloon.current == nil || (balloon.resident == nil && balloon.lastUpdate == nil) {
            return .noStatistics("balloon statistics")
        }
        return .notReported(what)
    }

    /// What the guest uses: its total less what it could give to a new process, or, for guests that do not report
    /// that, less what is free (ceilometer.compute.virt.libvirt.inspector). Never below 0, which a guest can report
    /// when its figures were taken at different moments.
    fileprivate var memoryUsage: Measurement {
        let balloon = stats.balloon
        let free = balloon.usable ?? balloon.unused
        if let absence = absence(of: balloon.available, "its total memory") ?? absence(of: free, "its free memory") {
            return .missing(absence)
        }
        if let stale { return .missing(stale) }
        guard let total = balloon.available, let free else { return .missing(.notReported("its memory")) }
        if let negative = [total, free].first(where: { $0 < 0 }) { return .missing(.negative(negative)) }
        return .volume(.real(max(0, total - free).double / 1024))
    }

    /// What the host's process has resident: the host's own figure, and so never stale. 0 is what libvirt reads of a
    /// QEMU that is being killed, and of one that it cannot see in /proc.
    fileprivate var residentMemory: Measurement {
        if stats.balloon.resident == 0 { return .missing(process.isEnding ? .ending : .processUnseen) }
        return .mebibytes(stats.balloon.resident, else: .noStatistics("resident set size"))
    }

    /// Ceilometer sends the two swap counters only if the guest reports both.
    fileprivate func swap(_ kibibytes: Int128?) -> Measurement {
        let both = stats.balloon.swapIn != nil && stats.balloon.swapOut != nil
        return guestFigure(both ? kibibytes : nil, "swapping")
    }
}
