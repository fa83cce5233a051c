import Telemetry

/// What of the host's servers is to be asked for, and when (`ceilometer.compute.discovery`, `discover_nova_polling`).
/// Times are durations since any fixed moment, and never go back.
struct ListingPlan: Sendable {
    /// What is asked for.
    enum Request: Sendable, Hashable {
        /// All servers.
        case full
        /// Those that have changed since that time of Nova's clock.
        case changes(since: Timestamp)
    }

    /// `resource_update_interval`; 0: with every poll.
    let updateInterval: Duration
    /// `resource_cache_expiry`; 0: every listing is a full one, as in Ceilometer.
    let cacheExpiry: Duration
    /// Between listings that domains which are not listed ask for.
    static let earliest = Duration.seconds(5)
    /// How much the changes of a listing overlap those of the one before: clocks of Nova's hosts differ, and its `Date`
    /// has whole seconds. A change that is told twice does no harm.
    static let overlap = Duration.seconds(2)

    private var lastStart: Duration?
    private var lastFull: Duration?
    private var since: Timestamp?

    init(updateInterval: Duration, cacheExpiry: Duration) {
        self.updateInterval = updateInterval
        self.cacheExpiry = cacheExpiry
    }

    /// What is to be asked for now, if anything; `early`: although the interval is not over.
    func due(at now: Duration, early: Bool = false) -> Request? {
        guard let lastStart else { return .full }
        guard now - lastStart >= updateInterval || (early && now - lastStart >= Self.earliest) else { return nil }
        return next(at: now)
    }

    /// What is asked for if it is now, whatever the intervals say.
    func next(at now: Duration) -> Request {
        guard let lastFull, let since, now - lastFull < cacheExpiry else { return .full }
        return .changes(since: since)
    }

    /// A listing that began at `start`, by our clock at `began`, has come in whole; the service's clock said
    /// `serviceTime` (seconds since 1970) when the first answer came, `waited` after the beginning.
    mutating func done(
        _ request: Request, start: Duration, began: Timestamp, serviceTime: Int64?, waited: Duration
    ) {
        lastStart = start
        if request == .full { lastFull = start }
        let theirs = serviceTime.map { Timestamp(seconds: $0).advanced(by: .zero - waited) } ?? began
        since = min(began, theirs).advanced(by: .zero - Self.overlap)
    }
}

extension Timestamp {
    /// The moment that much later, in whole microseconds.
    fileprivate func advanced(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        return Timestamp(microseconds: microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }

    /// Python's `isoformat()` of a time that knows its zone: `2026-11-22T19:04:56.059812+00:00`.
    var isoformat: String { "\(self)+00:00" }
}
