public import Hypervisor
public import Logging
public import Telemetry

/// Polls a host's libvirtd over a read-only connection: one bulk statistics call a cycle, whatever the number of
/// domains. Descriptions are fetched when a domain is new, when events say that it changed, and in a slow resync; so are the
/// sizes of disk images (virDomainGetBlockInfo) that no bulk call tells.
///
/// No call is waited for longer than its deadline. A guest that hangs blocks the bulk call from its next question on.
/// Then virDomainGetControlInfo, which needs no monitor, tells over a second connection which guest that is: the call is
/// left behind together with its connection, and the cycle goes on over the second one. libvirt holds the job of the
/// guest that hangs for the call that was left behind, so that further calls skip just that guest.
public actor LibvirtHypervisor: Hypervisor {
    /// Opens a connection. Blocks.
    let connect: @Sendable () -> Result<any HostCalls, LibvirtError>
    /// The URI as it may be shown.
    let shown: String
    let deadline: Duration
    let resyncInterval: Duration
    /// How long a first connect that does not return keeps others from being made.
    let connectPatience: Duration
    private let now: @Sendable () -> Timestamp
    let logger: Logger

    let census = CallCensus()
    var link: Link?
    /// The connection over which a bulk call that takes long is looked into; the next one if it is left behind.
    var scout: Link?
    /// The last connect, if it has not returned.
    var connecting: Connecting?
    var connects = 0
    var isClosed = false
    /// Whether a call that no guest blocks has not returned.
    var isStalled = false
    /// How long the last bulk call took.
    var usual = Duration.zero
    var catalogue = DomainCatalogue()
    var lastResync = ContinuousClock.now
    var calls = 0
    /// Guests that were busy through a whole cycle: they hang, or somebody else keeps them, and are not asked again.
    var held: Set<String> = []
    /// The names of the guests for which calls were left behind that may not have returned.
    var hanging: [String: String] = [:]
    /// Groups for which libvirt fails the whole bulk call, because one domain's cannot be read.
    var failing: StatisticsGroups = []
    /// What was last told of them.
    var toldFailing: [String: String] = [:]
    /// Domains whose description was asked for in a call that has not returned.
    var undescribed: Set<String> = []
    var images: DiskImages

    /// A connection and the lane on which its calls are made.
    struct Link: Sendable {
        let calls: any HostCalls
        let lane: CallLane
    }

    /// A hypervisor at a libvirt URI, which is not opened before the first read; `shown` stands for it in errors, as it
    /// may hold a password. Each call is given `deadline`; all
    /// descriptions are fetched anew every `resyncInterval`, since events can be missed.
    public init(
        uri: String, shown: String, deadline: Duration, resyncInterval: Duration, logger: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.init(
            shown: shown, deadline: deadline, resyncInterval: resyncInterval, connectPatience: .seconds(120),
            logger: logger, now: now
        ) { LibvirtConnection.open(uri: uri) }
    }

    /// A hypervisor over the connections that `connect` opens.
    init(
        shown: String, deadline: Duration, resyncInterval: Duration, connectPatience: Duration, logger: Logger,
        now: @escaping @Sendable () -> Timestamp, connect: @escaping @Sendable () -> Result<any HostCalls, LibvirtError>
    ) {
        self.connect = connect
        self.shown = shown
        self.deadline = deadline
        self.resyncInterval = resyncInterval
        self.connectPatience = connectPatience
        images = DiskImages(listingInterval: resyncInterval)
        self.logger = logger
        self.now = now
    }

    /// One bulk call, two calls for each description that is new or out of date, and two or more for a domain with images that
    /// are new. A call for each domain if libvirt fails a group of statistics for all because of one.
    public func read(_ groups: StatisticsGroups) async throws(HypervisorError) -> Reading {
        calls = 0
        let at = now()
        let asked = groups.subtracting(.blockInfo)
        var (link, records): (Link, [BulkRecord]) = try await bulk(asked)
        await askAgain(&records, asked.subtracting(failing), over: link)
        let occupations = await occupations(of: held, over: link)
        if census.outstanding == 0 {
            hanging = [:]
        } else if !asked.isDisjoint(with: [.balloon, .vcpu]) {
            // Without these groups a guest that hangs looks like one that does not.
            hanging = hanging.filter { held.contains($0.key) }
        }
        // Over a connection with a call that was left behind nothing more can be asked: the next poll finds what is new.
        if self.link != nil { await askApart(&records, asked, over: link) }
        if groups.contains(.block) { catalogue.expire(images.update(records)) }
        if self.link != nil { await describe(records, over: link) }
        if groups.contains(.blockInfo) {
            if let link = self.link {
                await measureImages(&records, over: link)
            } else {
                for index in records.indices { images.complete(&records[index]) }
            }
        }
        let domains = records.compactMap { record in
            catalogue[record.uuid].map {
                DomainReading(domain: $0, stats: record.stats, occupation: occupations[record.uuid])
            }
        }
        return Reading(at: at, host: nil, domains: domains, calls: calls, callsLeftBehind: census.outstanding)
    }

    /// One cycle of a recording: everything libvirt says, with its own names.
    public func record() async throws(HypervisorError) -> Recording.Cycle {
        let at = now()
        var (link, records): (Link, [RawRecord]) = try await bulk(.all)
        await askApart(&records, .all, over: link)
        let descriptions = await fetch(records.map(\.uuid), over: self.link ?? link)
        let sizes = await blockInfo(of: records)
        return Recording.Cycle(
            at: at,
            domains: records.compactMap { record in
                guard case .success(let xml)? = descriptions[record.uuid] else { return nil }
                return RecordedDomain(
                    uuid: record.uuid, name: record.name, id: record.id < 0 ? nil : record.id, xml: xml,
                    stats: record.stats, blockInfo: sizes[record.uuid] ?? [:])
            })
    }

    /// Closes the connections, and waits until they are for as long as a daemon that answers may take; what is left then
    /// closes without anybody waiting. Reads fail from now on.
    public func close() async {
        isClosed = true
        let lanes = [link, scout].compactMap { $0?.lane }
        link = nil
        scout = nil
        // A lane's thread lets go of the connection of its last call when it looks for the next.
        if census.outstanding == 0 {
            for lane in lanes { _ = await lane.call(deadline: .milliseconds(100)) {} }
        }
        if await !Leave.ofThisProcess.closed(within: .milliseconds(400)) {
            logger.debug("a connection to libvirt is still being closed")
        }
    }

    /// To be called by a process that ends, after all else: it must not while it changes what it has subscribed to, as
    /// libvirtd 9.0 may die of that. Waits for a change that is under way, for as long as a daemon that has just answered
    /// may take.
    public static func takeLeave() async {
        _ = await Leave.ofThisProcess.take(within: .milliseconds(200))
    }
}
