/// What a `ServerDirectory` does, and how often.
public struct DirectorySettings: Sendable {
    /// The host whose servers are listed; `nil`: none are.
    public var listedHost: String?
    /// `[compute] resource_update_interval`: how often the listing is refreshed; 0: with every poll.
    public var updateInterval: Duration = .zero
    /// `[compute] resource_cache_expiry`: after this time a full listing takes the place of the changes since the last
    /// one, and servers that were looked up and the ids of flavors are looked up anew. 0: every listing is a full one,
    /// as in Ceilometer, and what was looked up counts for ever.
    public var cacheExpiry: Duration = .seconds(3600)
    /// How many requests may be under way at once; at least 1.
    public var maximumRequests = 4

    /// The defaults: nothing is listed.
    public init() {}
}
