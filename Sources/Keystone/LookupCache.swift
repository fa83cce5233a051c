/// What was found of things that are looked up one by one, and what is to be looked up next. Times are durations since
/// any fixed moment, and never go back.
package struct LookupCache<Value: Sendable & Hashable>: Sendable {
    /// What was not wanted for so long is forgotten: it is gone for good, like an instance that was deleted.
    package static var memory: Duration { .seconds(3600) }

    /// How many things are known at most; those that were wanted last are kept.
    package let capacity: Int
    /// What was found.
    package private(set) var values: [String: Value] = [:]
    /// Changes whenever `values` does, and only then.
    package private(set) var revision = 0

    private struct Entry {
        /// When it is to be looked up again; `nil`: never.
        var due: Duration?
        var isChecked = false
        /// Whether the last look-up of something of which nothing was found out has failed.
        var hasFailed = false
        var isUnderWay = false
        var wanted: Duration
    }

    private var entries: [String: Entry] = [:]
    /// What was wanted last: nothing else is looked up.
    private var wanted: Set<String> = []

    package init(capacity: Int) {
        self.capacity = capacity
    }

    /// Those are wanted now, and no others.
    package mutating func want(_ ids: Set<String>, at now: Duration) {
        wanted = ids.filter { !$0.isEmpty }
        if wanted.count > capacity { wanted = Set(wanted.sorted().prefix(capacity)) }
        for id in wanted { entries[id, default: Entry(due: now, wanted: now)].wanted = now }
        if entries.count > wanted.count {
            for (id, entry) in entries where now - entry.wanted >= Self.memory && !entry.isUnderWay { forget(id) }
        }
        let surplus = entries.count - capacity
        guard surplus > 0 else { return }
        let oldest = entries.sorted { ($0.value.wanted, $0.key) < ($1.value.wanted, $1.key) }.prefix(surplus)
        for (id, _) in oldest { forget(id) }
    }

    private mutating func forget(_ id: String) {
        entries[id] = nil
        set(nil, of: id)
    }

    /// The next thing to be looked up; it is under way from now on. What was never looked up comes first, then what was
    /// due first: what fails again and again must not keep the others from their turn.
    package mutating func next(at now: Duration) -> String? {
        var first: (rank: Int, due: Duration, id: String)?
        for id in wanted {
            guard let entry = entries[id], !entry.isUnderWay, let due = entry.due, due <= now else { continue }
            let candidate = (entry.isChecked || entry.hasFailed ? 1 : 0, due, id)
            if first.map({ candidate < $0 }) ?? true { first = candidate }
        }
        guard let id = first?.id else { return nil }
        entries[id]?.isUnderWay = true
        return id
    }

    /// A look-up has found that, or that there is nothing, which counts for `validity`; `nil`: for ever.
    package mutating func found(_ value: Value?, of id: String, validity: Duration?, at now: Duration) {
        guard entries[id] != nil else { return }
        entries[id]?.isUnderWay = false
        entries[id]?.isChecked = true
        entries[id]?.due = validity.map { now + $0 }
        set(value, of: id)
    }

    /// A look-up has failed: what was known stays, and it is due again, behind all others.
    package mutating func failed(_ id: String, at now: Duration) {
        entries[id]?.isUnderWay = false
        entries[id]?.hasFailed = true
        if entries[id]?.due != nil { entries[id]?.due = now }
    }

    /// A look-up was not begun after all.
    package mutating func release(_ id: String) {
        entries[id]?.isUnderWay = false
    }

    /// Those of which nothing has been found out yet.
    package func unchecked(of ids: Set<String>) -> Set<String> {
        ids.filter { wanted.contains($0) && entries[$0]?.isChecked != true }
    }

    private mutating func set(_ value: Value?, of id: String) {
        guard values[id] != value else { return }
        values[id] = value
        revision += 1
    }
}
