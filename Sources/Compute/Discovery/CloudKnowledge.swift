public import Keystone
public import Nova

/// What Nova and Keystone have said so far.
public struct CloudKnowledge: Sendable {
    /// Of servers and flavors.
    public var nova: NovaKnowledge
    /// Of projects and users.
    public var names: IdentityNames

    /// Knowledge of those two.
    public init(nova: NovaKnowledge = NovaKnowledge(), names: IdentityNames = IdentityNames()) {
        self.nova = nova
        self.names = names
    }

    /// Differs wherever the content does.
    var generation: Generation { Generation(nova: nova.generation, names: names.generation) }

    struct Generation: Sendable, Hashable {
        let nova: Int
        let names: Int
    }
}

/// What a host's instances make it worth to ask Nova and Keystone.
public struct CloudNeeds: Sendable, Hashable {
    /// Of servers and flavors.
    public var nova = NovaNeeds()
    /// The users whose name is wanted: their ids.
    public var users: Set<String> = []
    /// The projects whose name is wanted: their ids.
    public var projects: Set<String> = []

    /// Nothing.
    public init() {}
}
