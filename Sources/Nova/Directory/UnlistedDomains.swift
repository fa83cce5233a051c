/// Which domains that the listing does not have are worth an early one. A domain that Nova knows nothing of must not have
/// it listed again and again. Times are durations since any fixed moment, and never go back.
struct UnlistedDomains: Sendable {
    /// Between the listings that one domain asks for: the first comes at once.
    static let base = Duration.seconds(15)
    static let cap = Duration.seconds(3600)

    private var domains: [String: (tries: Int, due: Duration)] = [:]

    /// Those are not listed now, and no others. Whether one of them is worth a listing.
    mutating func note(_ uuids: Set<String>, at now: Duration) -> Bool {
        domains = domains.filter { uuids.contains($0.key) }
        for uuid in uuids where domains[uuid] == nil { domains[uuid] = (0, now) }
        return domains.values.contains { $0.due <= now }
    }

    /// A listing has come in, for those that were due when it began, at `start`.
    mutating func listed(start: Duration, at now: Duration) {
        for (uuid, domain) in domains where domain.due <= start {
            domains[uuid] = (domain.tries + 1, now + min(Self.cap, Self.base * (1 << min(domain.tries, 10))))
        }
    }
}
