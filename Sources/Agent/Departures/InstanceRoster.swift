import Telemetry

/// Which instances this host has, and which it has no more without anybody knowing why. Kept across restarts, so that what
/// is deleted while no agent runs is found out, too.
struct InstanceRoster: Sendable, Hashable, Codable {
    /// The instances that were there in the last poll.
    private(set) var present: Set<String> = []
    /// Those that were there before, with the time of the first poll that missed them, in microseconds since 1970.
    private(set) var gone: [String: Int64] = [:]

    /// How long an instance is missed before anybody is asked: a domain is undefined and defined again when it is changed.
    static let patience: Int64 = 30 * 1_000_000
    /// After this time Nova is asked no more for an instance that it does not show as deleted.
    static let interest: Int64 = 86_400 * 1_000_000
    /// How many are asked for at most, should Nova not answer for weeks; the oldest are given up.
    static let capacity = 10_000

    /// What a poll found: the instances, and all domains whatever they are. Whether that changed anything.
    mutating func see(instances: Set<String>, domains: Set<String>, at time: Timestamp) -> Bool {
        let before = self
        // An instance whose metadata cannot be read for a while is no instance then, but is there.
        let missing = present.subtracting(instances).subtracting(domains)
        for id in missing { gone[id] = time.microseconds }
        for id in domains { gone[id] = nil }
        // The clock was set back: nobody would be asked until it is there again.
        for (id, since) in gone where since > time.microseconds { gone[id] = time.microseconds }
        present = instances.union(present.intersection(domains))
        for (id, _) in gone.sorted(by: { $0.value < $1.value }).prefix(max(0, gone.count - Self.capacity)) {
            gone[id] = nil
        }
        return self != before
    }

    /// Who is to be asked for now, with the time since when they are missed, oldest first.
    func due(at time: Timestamp) -> [(id: String, since: Timestamp)] {
        gone.filter { time.microseconds - $0.value >= Self.patience }
            .sorted { ($0.value, $0.key) < ($1.value, $1.key) }
            .map { ($0.key, Timestamp(microseconds: $0.value)) }
    }

    /// It is known what became of an instance.
    mutating func settle(_ id: String) {
        gone[id] = nil
    }
}
