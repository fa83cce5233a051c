import Telemetry

/// How much counters have grown since the cycle before. Keyed by instance, NIC and meter, so that two NICs of one name
/// on different instances, or a name used again, never mix.
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

        /// A NIC's name counts only if it is the domain's own: libvirt gives those that it makes up (`vnet0`) anew with
        /// each start, and the description of a domain that is off has none.
        init(device: String, mac: String?, meter: Int) {
            let isMadeUp = mac != nil && ["vnet", "macvtap", "macvlan"].contains { device.hasPrefix($0) }
            self.device = isMadeUp ? "" : device
            self.mac = mac
            self.meter = meter
        }
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

    /// The growth since the counter was last read; `nil` at first.
    mutating func grow(
        _ key: Key, of instance: String, to count: Int128, at moment: Moment, domain: Int?
    ) -> Growth? {
        current[instance, default: [:]][key] = Value(count: count, moment: moment, domain: domain)
        guard let before = previous[instance]?[key] else { return nil }
        let isContinued = before.domain == domain && count >= before.count
        return Growth(
            count: isContinued ? count - before.count : count, seconds: moment.seconds(since: before.moment))
    }

    /// The counter could not be read in this cycle.
    mutating func keep(_ key: Key, of instance: String) {
        if let value = previous[instance]?[key] { current[instance, default: [:]][key] = value }
    }

    /// None of an instance's counters could be read in this cycle.
    mutating func keepAll(of instance: String) {
        if let values = previous[instance] { current[instance] = values }
    }
}
