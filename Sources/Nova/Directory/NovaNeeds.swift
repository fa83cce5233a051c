/// What is wanted of Nova.
public struct NovaNeeds: Sendable, Hashable {
    /// Servers whose metadata is wanted (`fetch_extra_metadata`), by UUID.
    public var servers: Set<String>
    /// Flavors whose id is wanted, by name.
    public var flavorNames: Set<String>
    /// Domains of the host that the listing does not have, by UUID: it is refreshed early for them.
    public var unlisted: Set<String>

    /// Those needs.
    public init(servers: Set<String> = [], flavorNames: Set<String> = [], unlisted: Set<String> = []) {
        self.servers = servers
        self.flavorNames = flavorNames
        self.unlisted = unlisted
    }
}
