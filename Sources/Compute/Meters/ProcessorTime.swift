import Hypervisor
import Telemetry

/// Tells the CPU time of a guest apart from what libvirt reads of a QEMU that is being killed.
///
/// libvirt reads the time of a virtual CPU, and the resident set, in /proc. Where the process or a thread is gone it
/// reads 0 there, without an error, while the domain still counts as running. So within one run of a guest (one domain
/// id):
/// - no time counts while a thread of the last good figures is at 0, or their sum went back. A thread that has waited
///   is there, though it may be too new for a time;
/// - a sum that went back and then grows again counts: the virtual CPUs are new ones. If none of them is at 0 it is enough
///   that the sum stands, as a paused guest's does;
/// - `cpu.time` takes the place of the virtual CPUs' times only if these were never there: the two differ;
/// - a time of 0 counts only of a guest that has just been started: QEMU has a resident set, and took little time itself,
///   or the guest is paused.
///
/// A virtual CPU that is unplugged takes its time with it, as in Ceilometer.
struct ProcessorTime {
    private var guests: [String: Guest] = [:]

    /// The CPU time in ns that QEMU may take before a virtual CPU of its has run for a tick of the kernel's.
    private static let start: Int128 = 10_000_000_000

    /// The figure that the meter is made of.
    fileprivate enum Figure: Hashable {
        /// The virtual CPUs that have both `time` and `wait`: as many as are online.
        case threads([DomainStats.VCPU])
        /// `cpu.time`.
        case total(Int128)

        var sum: Int128 {
            switch self {
            case .threads(let threads): threads.reduce(0) { $0 + ($1.time ?? 0) + ($1.wait ?? 0) }
            case .total(let time): time
            }
        }
    }

    private struct Guest {
        let id: Int?
        /// The last figure that counted.
        var good: Figure
        /// The last one that did not, since then.
        var doubtful: (figure: Figure, at: Timestamp, verdict: Verdict)?
    }

    /// What is made of one reading.
    struct Verdict {
        let time: Measurement
        /// Whether QEMU is known to be ending.
        var isEnding = false
    }

    /// The verdict about a guest that runs. Judges a reading once, however many tasks ask.
    mutating func judge(_ reading: DomainReading, at: Timestamp) -> Verdict {
        let stats = reading.stats
        let uuid = reading.domain.uuid
        guard let figure = Figure(stats) else { return Verdict(time: .missing(.noStatistics("CPU time"))) }
        let sum = figure.sum
        guard sum >= 0 else { return Verdict(time: .missing(.negative(sum))) }
        let isSeen = (stats.balloon.resident ?? 0) > 0
        let isCounted = sum > 0 || isSeen && (stats.powerState == .paused || stats.cpuTime ?? 0 < Self.start)
        guard let guest = guests[uuid], guest.id == reading.domain.id else {
            if case .total = figure, reading.occupation?.isNotable == true {
                return Verdict(time: .missing(.noStatistics("CPU time of the virtual CPUs")))
            }
            guard isCounted else { return Verdict(time: .missing(.processUnseen)) }
            guests[uuid] = Guest(id: reading.domain.id, good: figure)
            return Verdict(time: .volume(.integer(sum)))
        }
        if let doubtful = guest.doubtful, doubtful.at == at, doubtful.figure == figure { return doubtful.verdict }
        if case .threads = guest.good, case .total = figure {
            return Verdict(time: .missing(.noStatistics("CPU time of the virtual CPUs")))
        }
        let isLost = figure.hasLost(guest.good)
        let isBack = figure.hasThreads(of: guest.good) && sum < guest.good.sum
        let canStand = if case .threads = figure { !isLost } else { false }
        let goesOn =
            guest.doubtful.map { doubtful in
                let before = doubtful.figure.sum
                return figure.hasThreads(of: doubtful.figure) && (canStand ? sum >= before : sum > before)
            } ?? false
        if isCounted, !isLost && !isBack || goesOn && (!isLost || isSeen) {
            guests[uuid]?.good = figure
            guests[uuid]?.doubtful = nil
            return Verdict(time: .volume(.integer(sum)))
        }
        // A monitor that answers belongs to a process that lives, wherever libvirtd looks for it.
        let isEnding =
            isLost && guest.doubtful == nil && stats.balloon.resident == 0 && stats.balloon.lastUpdate == nil
        let reason: MissingReason = isEnding ? .ending : isLost || sum == 0 ? .processUnseen : .wentBack
        let verdict = Verdict(time: .missing(reason), isEnding: isEnding)
        guests[uuid]?.doubtful = (figure, at, verdict)
        return verdict
    }

    /// The guest does not run: whatever comes next is another run.
    mutating func forget(_ uuid: String) {
        guests[uuid] = nil
    }

    /// Forgets all guests but those of a reading.
    mutating func keep(only domains: [DomainReading]) {
        guard guests.count > domains.count else { return }
        let present = Set(domains.map(\.domain.uuid))
        guests = guests.filter { present.contains($0.key) }
    }
}

extension ProcessorTime.Figure {
    /// The sum of `time` and `wait` of the virtual CPUs if as many have both as are online, else `cpu.time`
    /// (ceilometer.compute.virt.libvirt.inspector). `wait` is time in the host's run queue; Ceilometer adds it.
    ///
    /// Where libvirt sent neither Ceilometer sends 0; here there is no sample, as a counter that nobody read is not 0.
    fileprivate init?(_ stats: DomainStats) {
        let threads = stats.vcpus.filter {
            Int128($0.index) < stats.vcpuMaximum ?? 0 && $0.time != nil && $0.wait != nil
        }
        if !threads.isEmpty, stats.vcpuCurrent.map({ Int128(threads.count) == $0 }) ?? true {
            self = .threads(threads)
        } else if let time = stats.cpuTime {
            self = .total(time)
        } else {
            return nil
        }
    }

    /// Whether a part that was over 0 is 0 now.
    fileprivate func hasLost(_ earlier: ProcessorTime.Figure) -> Bool {
        switch (earlier, self) {
        case (.threads(let before), .threads(let now)):
            guard before != now else { return false }
            let known = Dictionary(before.map { ($0.index, $0) }) { first, _ in first }
            return now.contains { thread in
                guard let old = known[thread.index] else { return false }
                return thread.wait == 0 && (old.wait != 0 || thread.time == 0 && old.time != 0)
            }
        case (.total(let before), .total(let now)): return before > 0 && now == 0
        default: return false
        }
    }

    /// Whether it is of the same threads.
    fileprivate func hasThreads(of other: ProcessorTime.Figure) -> Bool {
        switch (self, other) {
        case (.threads(let mine), .threads(let others)): mine.elementsEqual(others) { $0.index == $1.index }
        case (.total, .total): true
        default: false
        }
    }
}
