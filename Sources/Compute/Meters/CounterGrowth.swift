import Telemetry

/// How much counters have grown since the cycle before. Keyed by instance, NIC and meter, so that two NICs of one name
/// on different instances, or a name used again, never mix.
///
/// A counter that could not be read in a cycle keeps its last value, so that the next growth covers the gap; a NIC that
/// its instance has no more is forgotten.
struct CounterGrowth {
    private var previous: [Key: Value] = [:]
    private var current: [Key: Value] = [:]

    struct Key: Hashable {
        let instance: String
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

    /// The growth since the counter was last read; `nil` at first.
    mutating func grow(_ key: Key, to count: Int128, at moment: Moment, domain: Int?) -> Growth? {
        current[key] = Value(count: count, moment: moment, domain: domain)
        guard let before = previous[key] else { return nil }
        let isContinued = before.domain == domain && count >= before.count
        return Growth(
            count: isContinued ? count - before.count : count, seconds: moment.seconds(since: before.moment))
    }

    /// The counter could not be read in this cycle.
    mutating func keep(_ key: Key) {
        current[key] = previous[key]
    }
}
