import Telemetry

/// Which attributes Gnocchi has of each resource, as far as we have set them: what has not changed since is not sent.
///
/// A resource that was gone for a while is forgotten: the instance may have lived on another host, whose agent has set
/// attributes too. Time is counted in polls, so that the agent's own absence counts for nothing: what comes with every
/// poll is gone after two without it; what comes with every tenth, after twenty.
///
/// Bounded by `capacity`; those not seen for longest go first, and cost a needless update when they come again.
struct AttributeMemory: Sendable, Hashable {
    /// How many resources are remembered at most.
    static let capacity = 65_536

    private(set) var entries: [UInt64: Entry] = [:]
    /// The polls that were seen.
    private var polls: UInt32 = 0
    /// When the newest of them was.
    private var newest: Timestamp?
    /// Whether it holds something else than when it was kept last.
    var isChanged = false

    struct Entry: Sendable, Hashable {
        /// The hash of the attributes as they were set; 0 if they are not known.
        var attributes: UInt64
        /// The poll in which it was seen last.
        var seen: UInt32
        /// The longest distance between two polls in which it was seen, 0 for none yet.
        var interval: UInt32
    }

    init() {}

    /// What was kept of an earlier run: hashes of attributes and intervals by resource.
    init(kept: [(key: UInt64, attributes: UInt64, interval: UInt32)]) {
        for entry in kept.prefix(Self.capacity) {
            entries[entry.key] = Entry(attributes: entry.attributes, seen: 0, interval: entry.interval)
        }
    }

    /// What a resource is remembered by.
    static func key(type: String, id: String) -> UInt64 { StableHash.of("\(type)/\(id)".utf8) }

    /// Begins a payload of samples up to that moment, with those resources; forgets who was gone. False for a payload
    /// that is older than one that was here before: what it says of attributes is outdated.
    ///
    /// A newest that is yet to come for `now`, this host's clock, was made while the clock was ahead, and counts for
    /// nothing: otherwise no attribute would be updated until that time has come.
    mutating func begin(_ keys: some Sequence<UInt64>, at last: Timestamp, now: Timestamp) -> Bool {
        if let newest, last < newest, newest <= now { return false }
        if newest != last { polls += 1 }
        newest = last
        for key in keys {
            guard var entry = entries[key] else { continue }
            let gap = polls - entry.seen
            if gap > entry.patience {
                // It was away, and somebody else may have looked after it.
                entry = Entry(attributes: 0, seen: polls, interval: 0)
                isChanged = true
            } else if gap > entry.interval {
                // Of an earlier run the last poll is not known.
                if entry.seen > 0 { entry.interval = gap }
            }
            entry.seen = polls
            entries[key] = entry
        }
        let gone = entries.filter { polls - $0.value.seen > $0.value.patience }
        if !gone.isEmpty {
            for key in gone.keys { entries[key] = nil }
            isChanged = true
        }
        return true
    }

    /// Whether Gnocchi has exactly these attributes, as far as is known.
    func knows(_ attributes: UInt64, of key: UInt64) -> Bool {
        entries[key]?.attributes == attributes
    }

    /// Gnocchi has these attributes now.
    mutating func learn(_ attributes: UInt64, of key: UInt64) {
        guard entries[key]?.attributes != attributes else { return }
        entries[key, default: Entry(attributes: 0, seen: polls, interval: 0)].attributes = attributes
        isChanged = true
        guard entries.count > Self.capacity, let oldest = entries.min(by: { $0.value.seen < $1.value.seen }) else {
            return
        }
        entries[oldest.key] = nil
    }

    /// It is not known which attributes Gnocchi has.
    mutating func forget(_ key: UInt64) {
        if entries.removeValue(forKey: key) != nil { isChanged = true }
    }
}

extension AttributeMemory.Entry {
    /// How many polls without it mean that it is gone. Of one that was seen once nothing is known yet.
    fileprivate var patience: UInt32 { interval == 0 ? 200 : 2 * interval + 1 }
}
