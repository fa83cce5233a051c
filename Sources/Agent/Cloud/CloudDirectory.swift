public import Compute
import Configuration
public import Keystone
import Nova

/// Asks Nova and Keystone what samples need of them, in the background of polling.
public struct CloudDirectory: Sendable {
    private let session: KeystoneSession
    private let servers: ServerDirectory
    private let names: NameDirectory?

    /// How long a poll waits for what was never asked before: a new instance's first samples are worth a second, and
    /// no poll is, while Nova does not answer.
    public static let patience = Duration.seconds(1)
    /// The same for the first poll, to which everything is new.
    public static let firstPatience = Duration.seconds(5)

    /// A directory for a configuration that asks over `session`. `report` is told what works and what does not, again at
    /// each try.
    public init(
        _ configuration: AgentConfiguration, session: KeystoneSession,
        report: @escaping @Sendable (CloudCondition) -> Void
    ) {
        self.session = session
        let settings = configuration.settings
        let start = ContinuousClock.now
        let now: @Sendable () -> Duration = { ContinuousClock.now - start }
        var directory = DirectorySettings()
        directory.listedHost = settings.instanceDiscoveryMethod == .libvirtMetadata ? nil : settings.host
        directory.updateInterval = settings.resourceUpdateInterval
        directory.cacheExpiry = settings.resourceCacheExpiry
        directory.maximumRequests = min(settings.maxParallelRequests, 64)
        servers = ServerDirectory(
            nova: NovaClient(session: session, serviceType: settings.novaServiceType), settings: directory, now: now,
            wallClock: { WallClock.now }, report: { report(CloudCondition($0)) })
        names =
            settings.identityNameDiscovery
            ? NameDirectory(session: session, now: now, report: { report(CloudCondition($0)) }) : nil
    }

    /// What is known, at most so long from now. It is waited only for what Nova was never asked before, and not at all
    /// while Nova or Keystone fails; for names of users and projects only if that is wanted.
    public func knowledge(
        _ needs: CloudNeeds, within limit: Duration, waitingForNames: Bool = false
    ) async -> CloudKnowledge {
        let deadline = ContinuousClock.now + limit
        var knowledge = CloudKnowledge()
        // First, so that they are looked up meanwhile.
        if let names { knowledge.names = await names.names(users: needs.users, projects: needs.projects) }
        knowledge.nova = await servers.knowledge(needs.nova, within: limit)
        if let names, waitingForNames {
            knowledge.names = await names.names(
                users: needs.users, projects: needs.projects, within: deadline - ContinuousClock.now)
        }
        return knowledge
    }

    /// Ends all requests.
    public func stop() async {
        async let servers: Void = servers.stop()
        async let names: Void? = names?.stop()
        // Cancelled requests may wait for a token, which is nobody's of them to give up.
        await session.stop()
        _ = await (servers, names)
    }
}
