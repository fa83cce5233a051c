import Telemetry

/// How much counters have grown since the cycle before. Keyed by instance, NIC and meter, so that two NICs of one name
/// on different instances, two of one MAC address on the same, or a name used again, never mix.
///
/// Within one run of a guest (one domain id) a NIC is told by its name and MAC address. libvirt makes up names anew
/// with each start, so a NIC of another run is told by its MAC address alone: its counters began at 0 anyway.
///
/// A counter that could not be read in a cycle keeps its last value, so that the next growth covers the gap; a NIC that
/// its instance has no more is forgotten, and with an instance all of its own.
struct CounterGrowth {
    private var previous: [String: [Key: Value]] = [:]
    private var current: [String: [Key: Value]] = [:]

    /// A counter of an instance.
    struct Key: Hashable {
        let device: String
        let mac: String?
        let meter: Int
    }

    private struct Value {
        var count: Int128
        var moment: Moment
        /// The domain's id: another one means that the guest was started anew, and its counters with it.
        var domain: Int?
    }

    /// When a counter was read.
    struct Moment: Hashable {
        /// By the host's clock, which may be set.
        var at: Timestamp
        /// By a clock that nobody sets, since any fixed moment; `nil` if that is not known.
        var monotonic: Duration?

        /// The seconds since an earlier moment; not positive if the clock that counts was set back.
        func seconds(since earlier: Moment) -> Double {
            if let monotonic, let before = earlier.monotonic { return (monotonic - before) / .seconds(1) }
            return Double(at.microseconds - earlier.at.microseconds) / 1e6
        }
    }

    /// A counter's growth.
    struct Growth: Hashable {
        /// By how much; after a reset the whole new value, as in Ceilometer.
        var count: Int128
        /// In how long.
        var seconds: Double
    }

    /// Begins a cycle. What was neither read nor kept in the last one is forgotten.
    mutating func beginCycle() {
        swap(&previous, &current)
        current.removeAll(keepingCapacity: true)
    }

    /// The growth since the counter was last read; `nil` at first. `isPresent` tells of a NIC's name and MAC address
    /// whether the instance has it now.
    mutating func grow(
        _ key: Key, of instance: String, to count: Int128, at moment: Moment, domain: Int?,
        isPresent: (_ device: String, _ mac: String?) -> Bool = { _, _ in true }
    ) -> Growth? {
        current[instance, default: [:]][key] = Value(count: count, moment: moment, domain: domain)
        guard let known = previous[instance] else { return nil }
        if let before = known[key] {
            let isContinued = before.domain == domain && count >= before.count
            return Growth(
                count: isContinued ? count - before.count : count, seconds: moment.seconds(since: before.moment))
        }
        // The same NIC under the name of an earlier run, or before it was taken out and put in again.
        let earlier = known.filter { other, value in
            other.isSame(as: key) && (value.domain != domain || !isPresent(other.device, other.mac))
        }
        guard let before = earlier.map(\.value.moment).max(by: { $0.at < $1.at }) else { return nil }
        return Growth(count: count, seconds: moment.seconds(since: before))
    }

    /// The counter could not be read in this cycle.
    mutating func keep(_ key: Key, of instance: String) {
        guard let known = previous[instance] else { return }
        if let value = known[key] {
            current[instance, default: [:]][key] = value
            return
        }
        for (other, value) in known where other.isSame(as: key) && current[instance]?[other] == nil {
            current[instance, default: [:]][other] = value
        }
    }

    /// None of an instance's counters could be read in this cycle.
    mutating func keepAll(of instance: String) {
        if let values = previous[instance] { current[instance] = values }
    }
}

extension CounterGrowth.Key {
    /// Whether it may be the same NIC under another name.
    fileprivate func isSame(as other: CounterGrowth.Key) -> Bool {
        mac != nil && mac == other.mac && meter == other.meter
    }
}
