import Telemetry

/// What a transformer remembers of each series: a meter of a resource.
///
/// Bounded: series that are not seen for long are forgotten, and of those that were not, there are at most `most`.
struct SeriesMemory<Value: Sendable>: Sendable {
    /// A meter of a resource, whatever the order in which devices come.
    private struct Key: Hashable, Sendable {
        let meter: String
        let resource: String

        init(_ sample: Sample) {
            meter = sample.meter.name
            resource = sample.resource.id
        }
    }

    private struct Entry: Sendable {
        var value: Value
        var seen: Timestamp
    }

    private var entries: [Key: Entry] = [:]
    private let most: Int

    /// A memory of at most so many series.
    init(most: Int = 100_000) { self.most = most }

    /// How many series are remembered.
    var count: Int { entries.count }

    /// What is remembered of a sample's series.
    func value(of sample: Sample) -> Value? { entries[Key(sample)]?.value }

    /// Remembers a value of a sample's series. False if there is no more room: what was seen at the present moment leaves
    /// none.
    mutating func remember(_ value: Value, of sample: Sample) -> Bool {
        let key = Key(sample)
        if entries[key] == nil, entries.count >= most {
            entries = entries.filter { $0.value.seen >= sample.timestamp }
            guard entries.count < most else { return false }
        }
        entries[key] = Entry(value: value, seen: sample.timestamp)
        return true
    }

    /// Forgets series that were not seen since a moment.
    mutating func forget(before moment: Timestamp) {
        entries = entries.filter { $0.value.seen >= moment }
    }

    /// The reason why a sample was dropped if `remember` had no room.
    var full: String { "more than \(most) meters of resources are remembered already" }
}
