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
        var seen: Duration
    }

    private var entries: [Key: Entry] = [:]
    private let most: Int

    /// A memory of at most so many series.
    init(most: Int = 100_000) { self.most = most }

    /// How many series are remembered.
    var count: Int { entries.count }

    /// What is remembered of a sample's series.
    func value(of sample: Sample) -> Value? { entries[Key(sample)]?.value }

    /// Remembers a value of a sample's series at the cycle's moment. False if there is no room: the series that were seen
    /// at that moment leave none.
    mutating func remember(_ value: Value, of sample: Sample, at moment: Duration) -> Bool {
        let key = Key(sample)
        if entries[key] == nil, entries.count >= most {
            entries = entries.filter { $0.value.seen >= moment }
            guard entries.count < most else { return false }
        }
        entries[key] = Entry(value: value, seen: moment)
        return true
    }

    /// Forgets series that were not seen since a moment.
    mutating func forget(before moment: Duration) {
        entries = entries.filter { $0.value.seen >= moment }
    }

    /// The reason why a sample was dropped if `remember` had no room.
    var full: String { "more than \(most) meters of resources are remembered already" }
}
