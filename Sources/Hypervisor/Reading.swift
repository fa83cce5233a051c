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

    /// A reading with those properties.
    public init(at: Timestamp, host: String?, domains: [DomainReading], calls: Int) {
        self.at = at
        self.host = host
        self.domains = domains
        self.calls = calls
    }
}

/// A domain and its statistics of one moment.
public struct DomainReading: Sendable {
    /// The domain.
    public let domain: Domain
    /// Its statistics.
    public let stats: DomainStats

    /// A domain with its statistics.
    public init(domain: Domain, stats: DomainStats) {
        self.domain = domain
        self.stats = stats
    }
}
