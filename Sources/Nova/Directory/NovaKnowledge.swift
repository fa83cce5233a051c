public import Telemetry

/// What a look-up of a server has found.
public enum ServerFinding: Sendable, Hashable {
    /// Nova has it.
    case found(ServerDetails)
    /// Nova does not know it.
    case unknown
}

/// What is kept of a server that was looked up: an instance lives for months, and a whole server takes 3 kB.
public struct ServerDetails: Sendable, Hashable {
    /// What its user has set (`metadata`).
    public let metadata: [MetadataValue.Field]
    /// The flavor's id.
    public let flavorID: String

    /// Those details.
    public init(metadata: [MetadataValue.Field], flavorID: String) {
        self.metadata = metadata
        self.flavorID = flavorID
    }

    init(_ server: NovaServer) {
        self.init(metadata: server.metadata, flavorID: server.flavorID)
    }
}

/// What is known of Nova at a moment.
public struct NovaKnowledge: Sendable, Hashable {
    /// The host's servers.
    public struct Listing: Sendable, Hashable {
        /// Those that are neither deleted nor in error, by UUID.
        public let servers: [String: NovaServer]
        /// When the request began that the listing is as new as.
        public let startedAt: Timestamp

        /// Those servers.
        public init(servers: [String: NovaServer], startedAt: Timestamp) {
            self.servers = servers
            self.startedAt = startedAt
        }
    }

    /// Changes whenever flavors' ids, findings or listed servers do, and only then.
    public let generation: Int
    /// Ids of flavors by their names, of those that were asked for, now or before, and that Nova has.
    public let flavorIDs: [String: String]
    /// What was found of the servers that were asked for, now or before, by UUID; those that are not known yet are missing.
    public let servers: [String: ServerFinding]
    /// The host's servers; `nil` until they have been listed, and if they are not to be.
    public let listing: Listing?

    /// That knowledge.
    public init(
        generation: Int = 0, flavorIDs: [String: String] = [:], servers: [String: ServerFinding] = [:],
        listing: Listing? = nil
    ) {
        self.generation = generation
        self.flavorIDs = flavorIDs
        self.servers = servers
        self.listing = listing
    }
}
