import Keystone
import Logging
import Nova
import Outbox
import Telemetry
import Threads

/// Finds out which instances are gone for good, and has that delivered. libvirt says only that a domain is gone, which it
/// is after a migration, too; so Nova is asked, in the background of polling.
actor DepartureWatch {
    private let nova: NovaClient
    private let host: String
    private let file: RosterFile
    private let handOver: @Sendable ([EndedInstance]) async -> Void
    private let report: @Sendable (ServiceCondition) -> Void
    private let logger: Logger
    /// One write after the other: the last is to stay.
    private let thread = WorkThread(named: "roster")
    private let start = ContinuousClock.now

    /// `nil` before it was read.
    private var roster: InstanceRoster?
    private var backoff = ServiceBackoff()
    /// When each may be asked for again.
    private var next: [String: ContinuousClock.Instant] = [:]
    private var job: Task<Void, Never>?
    private var isStopped = false
    private var isSaved = true
    private var isFailing = false

    /// How long until an instance that is still there is asked for again.
    static let pause = Duration.seconds(300)

    /// A watch for the instances of `host`, Nova's name of it. `handOver` returns once the ends are on disk; `report` is
    /// told whether Nova answers, under the topic `ends`.
    init(
        nova: NovaClient, host: String, file: RosterFile, logger: Logger,
        report: @escaping @Sendable (ServiceCondition) -> Void,
        handOver: @escaping @Sendable ([EndedInstance]) async -> Void
    ) {
        self.nova = nova
        self.host = host
        self.file = file
        self.logger = logger
        self.report = report
        self.handOver = handOver
    }

    /// What a poll found. Reads the roster at first, and writes it when it has changed; Nova is asked in the background.
    func see(instances: Set<String>, domains: Set<String>, at time: Timestamp) async {
        if roster == nil { roster = await load() }
        // A poll that was left behind may come back when the next agent has the file already.
        guard !isStopped, var known = roster else { return }
        let isChanged = known.see(instances: instances, domains: domains, at: time)
        roster = known
        if isChanged { await save() }
        guard !isStopped, let known = roster else { return }
        next = next.filter { known.gone[$0.key] != nil }
        if known.gone.isEmpty { works() }
        guard job == nil, backoff.standing(at: ContinuousClock.now - start) == nil else { return }
        let now = ContinuousClock.now
        let due = known.due(at: time).filter { next[$0.id].map { $0 <= now } ?? true }
        guard !due.isEmpty else { return }
        job = Task {
            await ask(for: due, at: time)
            job = nil
        }
    }

    /// Ends it. Does not wait longer than a moment for a request that is under way, which may wait for a token.
    func stop() async {
        isStopped = true
        guard let job else { return }
        job.cancel()
        await BoundedWait.all([job], within: .milliseconds(300))
    }

    /// Waits until those who are being asked for have been, for tests.
    func settled() async { await job?.value }

    private func ask(for due: [(id: String, since: Timestamp)], at time: Timestamp) async {
        for (id, since) in due {
            let fate: ServerFate
            do throws(KeystoneError) {
                fate = try await nova.fate(of: id)
            } catch {
                guard error.code != .cancelled, !isStopped else { return }
                isFailing = true
                report(
                    ServiceCondition(
                        .ends, "\(error); the ends of instances that are gone are told when Nova answers again"))
                if error.concernsOneServer {
                    next[id] = ContinuousClock.now + Self.pause
                    continue
                }
                return backoff.fail(error, at: ContinuousClock.now - start, fraction: .random(in: 0..<1))
            }
            // The outbox may be closed by now, and the roster the next agent's.
            guard !isStopped else { return }
            backoff.succeed()
            works()
            switch fate {
            case .deleted(let moment):
                await handOver([EndedInstance(id: id, at: moment ?? since)])
                await settle(id)
            case .present(let place) where !place.isEmpty && place != host:
                // Another agent looks after it now.
                await settle(id)
            case .present, .unknown:
                next[id] = ContinuousClock.now + Self.pause
                guard time.microseconds - since.microseconds >= InstanceRoster.interest else { continue }
                logger.notice(
                    "an instance is gone, and Nova does not show it as deleted: it is not marked as ended",
                    metadata: ["instance": "\(id)", "since": "\(since)Z"])
                await settle(id)
            }
        }
    }

    private func works() {
        guard isFailing else { return }
        isFailing = false
        report(ServiceCondition(.ends, nil))
    }

    private func settle(_ id: String) async {
        guard !isStopped else { return }
        roster?.settle(id)
        next[id] = nil
        await save()
    }

    private func load() async -> InstanceRoster {
        let (found, problem): (InstanceRoster, String?) = await thread.run { [file] in
            do { return (try file.load(), nil) } catch { return (InstanceRoster(), "\(error)") }
        }
        if let problem {
            logger.warning("\(problem); what was deleted while no agent ran is not found out")
        }
        return found
    }

    private func save() async {
        guard let roster, !isStopped else { return }
        let problem: String? = await thread.run { [file] in
            do { try file.save(roster) } catch { return "the list of instances cannot be written: \(error)" }
            return nil
        }
        if let problem, isSaved {
            logger.warning("\(problem); what is deleted while no agent runs is not found out")
        }
        isSaved = problem == nil
    }
}

extension KeystoneError {
    /// Whether another server may be asked for with more success.
    fileprivate var concernsOneServer: Bool {
        switch code {
        case .badAnswer, .notFound, .badRequest, .tooLarge: true
        case .unavailable: status == 500
        case .unreachable, .timeout, .unauthorized, .tokenRefused, .forbidden, .noEndpoint, .cancelled: false
        }
    }
}
