public import Telemetry

/// What one poll of a hypervisor yields.
public struct Reading: Sendable {
    /// When it was taken: just before the hypervisor was asked.
    public let at: Timestamp
    /// The host's name, if the hypervisor knows it (a recording does).
    public let host: String?
    /// Every domain, running or not, in the hypervisor's order.
    public let domains: [DomainReading]
    /// How many calls to the hypervisor it took.
    public let calls: Int
    /// Calls, of this reading and of earlier ones, that have not returned: each waits for a guest, or for a hypervisor,
    /// that hangs.
    public let callsLeftBehind: Int
    /// Whether a recording begins again with it, so that counters may be less than before.
    public var beginsAnew = false

    /// A reading with those properties.
    public init(at: Timestamp, host: String?, domains: [DomainReading], calls: Int, callsLeftBehind: Int = 0) {
        self.at = at
        self.host = host
        self.domains = domains
        self.calls = calls
        self.callsLeftBehind = callsLeftBehind
    }
}

/// A domain and its statistics of one moment.
public struct DomainReading: Sendable {
    /// The domain.
    public let domain: Domain
    /// Its statistics.
    public let stats: DomainStats
    /// Why statistics that only the guest's process knows are not there; `nil` if they are.
    public let occupation: Occupation?

    /// A domain with its statistics.
    public init(domain: Domain, stats: DomainStats, occupation: Occupation? = nil) {
        self.domain = domain
        self.stats = stats
        self.occupation = occupation
    }
}
