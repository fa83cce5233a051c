import Telemetry

/// Which instances this host has, and which it no longer has without anybody knowing why. Kept across restarts, so that what
/// is deleted while no agent runs is found out, too.
///
/// How long an instance is missed is measured by `uptime`, a clock that is never set: the wall clock may jump by days for
/// seconds, and would have Nova asked at once, or not for days.
struct InstanceRoster: Sendable, Codable {
    /// The instances that were there in the last poll.
    private(set) var present: Set<String> = []
    /// Those that were there before, with the time of the first poll that missed them, in microseconds since 1970.
    private(set) var gone: [String: Int64] = [:]
    /// The uptime of the first poll of this process that missed them.
    private var missed: [String: Duration] = [:]

    private enum CodingKeys: CodingKey {
        case present, gone
    }

    /// How long an instance is missed before anybody is asked: a domain is undefined and defined again when it is changed.
    static let patience = Duration.seconds(30)
    /// After this time Nova is no longer asked for an instance that it does not show as deleted.
    static let interest = Duration.seconds(86_400)
    /// How much of that this process must have seen itself, if the wall clock tells the rest.
    static let witnessed = Duration.seconds(3600)
    /// How many are asked for at most, should Nova not answer for weeks; the oldest are given up.
    static let capacity = 10_000

    /// What a poll found: the instances, and all domains whatever they are. Whether that changed anything.
    mutating func see(
        instances: Set<String>, domains: Set<String>, at time: Timestamp, uptime: Duration
    ) -> Bool {
        let before = self
        // An instance whose metadata cannot be read for a while is no instance then, but is there.
        let missing = present.subtracting(instances).subtracting(domains)
        for id in missing { gone[id] = time.microseconds }
        for id in domains { gone[id] = nil }
        present = instances.union(present.intersection(domains))
        for (id, _) in gone.sorted(by: { $0.value < $1.value }).prefix(max(0, gone.count - Self.capacity)) {
            gone[id] = nil
        }
        missed = gone.mapValues { _ in uptime }.merging(missed.filter { gone[$0.key] != nil }) { $1 }
        return self != before
    }

    /// Who is to be asked for now, with the time since when they are missed, oldest first.
    func due(uptime: Duration) -> [(id: String, since: Timestamp)] {
        gone.filter { id, _ in missed[id].map { uptime - $0 >= Self.patience } ?? false }
            .sorted { ($0.value, $0.key) < ($1.value, $1.key) }
            .map { ($0.key, Timestamp(microseconds: $0.value)) }
    }

    /// Whether nothing is to be expected of Nova any more for an instance that it does not show as deleted.
    func isGivenUp(_ id: String, at time: Timestamp, uptime: Duration) -> Bool {
        guard let since = gone[id], let first = missed[id] else { return false }
        if uptime - first >= Self.interest { return true }
        return uptime - first >= Self.witnessed
            && Duration.microseconds(time.microseconds - since) >= Self.interest
    }

    /// It is known what became of an instance.
    mutating func settle(_ id: String) {
        gone[id] = nil
        missed[id] = nil
    }
}

extension InstanceRoster: Equatable {
    /// Whether what is kept across restarts is equal.
    static func == (a: InstanceRoster, b: InstanceRoster) -> Bool { a.present == b.present && a.gone == b.gone }
}
