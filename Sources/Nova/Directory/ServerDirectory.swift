public import Keystone
public import Telemetry

/// What is known of Nova, refreshed in the background.
public actor ServerDirectory {
    /// What a directory does, and how often.
    public struct Settings: Sendable {
        /// The host whose servers are listed; `nil`: none are.
        public var listedHost: String?
        /// `[compute] resource_update_interval`: how often the listing is refreshed; 0: with every poll.
        public var updateInterval: Duration = .zero
        /// `[compute] resource_cache_expiry`: after this time everything is fetched anew: the listing, servers that were
        /// looked up, the ids of flavors; 0: never.
        public var cacheExpiry: Duration = .seconds(3600)
        /// How many requests may be under way at once.
        public var maximumRequests = 4

        /// The defaults: nothing is listed.
        public init() {}
    }

    /// A directory that asks through `nova`. `now` is the time since any fixed moment and never goes back, `wallClock`
    /// the time of day; `report` is told what works and what does not.
    public init(
        nova: NovaClient, settings: Settings, now: @escaping @Sendable () -> Duration,
        wallClock: @escaping @Sendable () -> Timestamp, report: @escaping @Sendable (ServiceCondition) -> Void
    ) {}

    /// What is known, at most `within` from now. It waits only for what was never asked for before, and not at all
    /// while Nova or Keystone fails.
    public func knowledge(_ needs: NovaNeeds, within limit: Duration) async -> NovaKnowledge { NovaKnowledge() }

    /// Ends the requests that are under way; none begins any more.
    public func stop() async {}
}
