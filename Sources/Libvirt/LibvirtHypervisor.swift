public import Hypervisor
public import Logging
public import Telemetry

/// Polls a host's libvirtd over a read-only connection: one bulk statistics call a cycle, whatever the number of
/// domains. Descriptions are fetched when a domain is new, when events say that it changed, and in a slow resync.
///
/// No call is waited for longer than its deadline. A guest that hangs blocks the bulk call from its next question on.
/// Then virDomainGetControlInfo, which needs no monitor, tells over a second connection which guest that is: the call is
/// left behind together with its connection, and the cycle goes on over the second one. libvirt holds the job of the
/// guest that hangs for the call that was left behind, so that further calls skip just that guest.
public actor LibvirtHypervisor: Hypervisor {
    let uri: String
    /// The URI as it may be shown.
    let shown: String
    let deadline: Duration
    private let resyncInterval: Duration
    private let now: @Sendable () -> Timestamp
    let logger: Logger

    let census = CallCensus()
    var link: Link?
    /// The connection over which a bulk call that takes long is looked into; the next one if it is left behind.
    var scout: Link?
    /// Whether a connect has not returned.
    var isConnecting = false
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

    /// A connection and the lane on which its calls are made.
    struct Link: Sendable {
        let connection: LibvirtConnection
        let lane: CallLane
    }

    /// A hypervisor at a libvirt URI, which is not opened before the first read; `shown` stands for it in errors, as it
    /// may hold a password. Each call is given `deadline`; all
    /// descriptions are fetched anew every `resyncInterval`, since events can be missed.
    public init(
        uri: String, shown: String, deadline: Duration, resyncInterval: Duration, logger: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.uri = uri
        self.shown = shown
        self.deadline = deadline
        self.resyncInterval = resyncInterval
        self.logger = logger
        self.now = now
    }

    /// One bulk call, and two calls for each description that is new or out of date.
    public func read(_ groups: StatisticsGroups) async throws(HypervisorError) -> Reading {
        calls = 0
        let at = now()
        var (link, records) = try await bulk { $0.stats(groups) }
        await askAgain(&records, groups, over: link)
        let occupations = await occupations(of: held, over: link)
        // Over a connection with a call that was left behind nothing more can be asked: the next poll finds what is new.
        if self.link != nil { try await describe(records, over: link) }
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
        let (link, records) = try await bulk { $0.rawStats(.all) }
        let descriptions = try await fetch(records.map(\.uuid), over: link)
        return Recording.Cycle(
            at: at,
            domains: records.compactMap { record in
                guard case .success(let xml)? = descriptions[record.uuid] else { return nil }
                return RecordedDomain(
                    uuid: record.uuid, name: record.name, id: record.id < 0 ? nil : record.id, xml: xml,
                    stats: record.stats)
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

extension LibvirtHypervisor {
    /// Brings the catalogue up to date with the records: fetches what is new or has changed.
    private func describe(_ records: [BulkRecord], over link: Link) async throws(HypervisorError) {
        if ContinuousClock.now - lastResync >= resyncInterval {
            lastResync = .now
            catalogue.expireAll()
        }
        catalogue.expire(link.connection.changes.take())
        let wanted = catalogue.update(records)
        guard !wanted.isEmpty else { return }
        catalogue.insert(try await fetch(wanted, over: link), records: records)
    }

    /// Descriptions by UUID, in portions, so that the deadline of a call does not depend on the number of domains.
    private func fetch(
        _ uuids: [String], over link: Link
    ) async throws(HypervisorError) -> [String: Result<String, LibvirtError>] {
        var descriptions: [String: Result<String, LibvirtError>] = [:]
        var rest = uuids[...]
        while !rest.isEmpty {
            let portion = Array(rest.prefix(32))
            rest = rest.dropFirst(32)
            calls += 2 * portion.count
            switch await link.lane.call(deadline: deadline, { link.connection.descriptions(of: portion) }) {
            case .answered(let answers):
                for (uuid, xml) in answers { descriptions[uuid] = xml }
            case .overdue:
                disconnect()
                throw HypervisorError(.timedOut, "\(shown): virDomainGetXMLDesc did not return within \(deadline)")
            }
        }
        return descriptions
    }
}
