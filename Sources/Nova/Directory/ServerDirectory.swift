public import Keystone
public import Telemetry

/// What is known of Nova, refreshed in the background so that no poll waits longer than it wants to.
///
/// There are three kinds of work, each with a back-off of its own: the listing of the host's servers, servers that are
/// looked up by their id, and ids of flavors by their names. Work begins when `knowledge` finds that it is due, never by
/// itself: without polls there are no requests. What fails keeps what is known.
public actor ServerDirectory {
    private let listing: HostServers?
    private let lookups: ServerLookups
    private let flavors: FlavorLookups
    private var isStopped = false

    /// A directory that asks through `nova`. `now` is the time since any fixed moment and never goes back, `wallClock`
    /// the time of day; `report` is told, at each try, what works and what does not.
    public init(
        nova: NovaClient, settings: DirectorySettings, now: @escaping @Sendable () -> Duration,
        wallClock: @escaping @Sendable () -> Timestamp, report: @escaping @Sendable (ServiceCondition) -> Void
    ) {
        let context = DirectoryContext(
            nova: nova, images: ImageClient(session: nova.session),
            gate: RequestGate(limit: settings.maximumRequests), settings: settings, now: now, wallClock: wallClock,
            report: report)
        listing = settings.listedHost.map { HostServers(context, host: $0) }
        lookups = ServerLookups(context)
        flavors = FlavorLookups(context)
    }

    /// What is known, at most `limit` from now. It waits only for what the call before did not want, and not for what
    /// cannot be had because Nova or Keystone fails.
    public func knowledge(_ needs: NovaNeeds, within limit: Duration) async -> NovaKnowledge {
        if !isStopped {
            let awaited = [
                await listing?.want(unlisted: needs.unlisted), await lookups.want(needs.servers),
                await flavors.want(needs.flavorNames),
            ]
            await BoundedWait.all(awaited.compactMap(\.self), within: limit)
        }
        let (listed, listingRevision) = await listing?.known ?? (nil, 0)
        let (servers, serverRevision) = await lookups.known
        let (ids, flavorRevision) = await flavors.known
        return NovaKnowledge(
            generation: listingRevision + serverRevision + flavorRevision, flavorIDs: ids, servers: servers,
            listing: listed)
    }

    /// Ends the requests that are under way; none begins any more. Who waits for knowledge gets what there is.
    public func stop() async {
        isStopped = true
        // All at once: one of them may wait at the gate for another.
        async let listed: Void? = listing?.stop()
        async let looked: Void = lookups.stop()
        async let found: Void = flavors.stop()
        _ = await (listed, looked, found)
    }
}
