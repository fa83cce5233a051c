/// How much counters have grown since the cycle before. Keyed by instance, NIC and meter, so that two NICs of one name
/// on different instances, or a name used again, never mix.
struct CounterDeltas {
    private var previous: [Key: Int128] = [:]
    private var current: [Key: Int128] = [:]

    struct Key: Hashable {
        let instance: String
        let device: String
        let mac: String?
        let meter: Int
    }

    /// Begins a cycle. What was not seen in the last one is forgotten.
    mutating func beginCycle() {
        swap(&previous, &current)
        current.removeAll(keepingCapacity: true)
    }

    /// The growth since the cycle before: 0 at first; after a reset the whole new value, as in Ceilometer.
    mutating func delta(_ key: Key, _ value: Int128) -> Int128 {
        current[key] = value
        guard let before = previous[key] else { return 0 }
        return value >= before ? value - before : value
    }
}
