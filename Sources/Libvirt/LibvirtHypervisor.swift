public import Hypervisor
public import Logging
public import Telemetry

/// Polls a host's libvirtd over a read-only connection: one bulk statistics call a cycle, whatever the number of
/// domains. Descriptions are fetched when a domain is new, when events say that it changed, and in a slow resync.
///
/// No call is waited for longer than its deadline. A call that overruns is left behind together with its connection,
/// and the cycle goes on over a new one: libvirt holds the job of the guest that hangs, so that the second call skips
/// just that guest.
public actor LibvirtHypervisor: Hypervisor {
    private let uri: String
    /// The URI as it may be shown.
    private let shown: String
    private let deadline: Duration
    private let resyncInterval: Duration
    private let now: @Sendable () -> Timestamp
    private let logger: Logger

    private let census = CallCensus()
    private var link: Link?
    private var connecting = false
    private var catalogue = DomainCatalogue()
    private var lastResync = ContinuousClock.now
    private var calls = 0
    /// Guests that were busy through a whole cycle: they hang, or somebody else keeps them, and are not asked again.
    private var held: Set<String> = []

    /// A connection and the lane on which its calls are made.
    private struct Link {
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
        try await describe(records, over: link)
        let domains = records.compactMap { record in
            catalogue[record.uuid].map { DomainReading(domain: $0, stats: record.stats) }
        }
        return Reading(at: at, host: nil, domains: domains, calls: calls)
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

    /// Closes the connection, or leaves it behind if that takes longer than a call's deadline.
    public func close() async {
        guard let link else { return }
        self.link = nil
        // Closing is a call too, and a daemon that hangs must not delay the end.
        _ = await link.lane.call(deadline: deadline) { _ = link.connection }
    }

    /// Calls that were left behind and have not returned yet.
    public var callsLeftBehind: Int { census.outstanding }
}

extension LibvirtHypervisor {
    /// Makes a bulk call, over a new connection after each one that overran, as long as calls may be left behind.
    private func bulk<Record: Sendable>(
        _ call: @escaping @Sendable (LibvirtConnection) -> Result<[Record], LibvirtError>
    ) async throws(HypervisorError) -> (Link, [Record]) {
        var reconnected = false
        while true {
            let link = try await connected()
            calls += 1
            switch await link.lane.call(deadline: deadline, { call(link.connection) }) {
            case .answered(.success(let records)):
                return (link, records)
            case .answered(.failure(let error)):
                disconnect()
                // A daemon that was restarted between two cycles is noticed only by the call that fails.
                if reconnected { throw HypervisorError(.unreachable, "\(shown): \(error)") }
                reconnected = true
            case .overdue:
                disconnect()
                logger.debug("a call to libvirt was left behind", metadata: ["outstanding": "\(census.outstanding)"])
                if census.isExhausted {
                    throw HypervisorError(
                        .exhausted,
                        "\(shown): \(census.outstanding) calls have not returned within \(deadline); no more are risked. "
                            + "Look for guests or a libvirtd that hang")
                }
            }
        }
    }

    /// Asks guests again that somebody else was just asking: another agent, or virsh. With NOWAIT libvirt leaves out
    /// what it would have had to wait for.
    private func askAgain(_ records: inout [BulkRecord], _ groups: StatisticsGroups, over link: Link) async {
        var busy = Set(records.filter { $0.isBusy(asked: groups) }.map(\.uuid))
        let known = held
        held = busy
        for pause in [20, 60, 150] {
            let again = busy.subtracting(known)
            guard !again.isEmpty, again.count <= 100 else { break }
            do { try await Task.sleep(for: .milliseconds(pause)) } catch { return }
            calls += again.count + 1
            let uuids = Array(again)
            guard
                case .answered(.success(let answers)) = await link.lane.call(
                    deadline: deadline, { link.connection.stats(groups, of: uuids) })
            else {
                // What is known of the others is published; the next cycle finds out about the connection.
                disconnect()
                break
            }
            for answer in answers where !answer.isBusy(asked: groups) {
                busy.remove(answer.uuid)
                if let index = records.firstIndex(where: { $0.uuid == answer.uuid }) { records[index] = answer }
            }
        }
        held = busy
    }

    /// The present connection, or a new one.
    private func connected() async throws(HypervisorError) -> Link {
        if let link {
            guard let reason = link.connection.changes.closedReason else { return link }
            logger.debug("reconnecting", metadata: ["reason": "\(reason)"])
            disconnect()
        }
        // A connect to a daemon that hangs never returns, and waits no shorter if it is made twice.
        guard !connecting else {
            throw HypervisorError(
                .timedOut, "\(shown): virConnectOpenReadOnly has not returned yet; libvirtd accepts but does not answer"
            )
        }
        connecting = true
        let lane = CallLane(census: census)
        let uri = uri
        calls += 1
        let outcome = await lane.call(deadline: deadline, late: { [weak self] _ in self?.connectReturned() }) {
            LibvirtConnection.open(uri: uri)
        }
        switch outcome {
        case .answered(.success(let connection)):
            connecting = false
            catalogue.expireAll()
            lastResync = .now
            let link = Link(connection: connection, lane: lane)
            self.link = link
            return link
        case .answered(.failure(let error)):
            connecting = false
            throw HypervisorError(.unreachable, "\(shown): \(error)")
        case .overdue:
            throw HypervisorError(
                .timedOut,
                "\(shown): virConnectOpenReadOnly did not return within \(deadline); libvirtd does not answer")
        }
    }

    private nonisolated func connectReturned() {
        Task { await self.allowConnect() }
    }

    private func allowConnect() {
        connecting = false
    }

    private func disconnect() {
        link = nil
    }

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
