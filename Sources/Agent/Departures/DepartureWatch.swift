import Dispatch
import Keystone
import Logging
import Nova
import Outbox
import Telemetry

/// Finds out which instances are gone for good, and has that delivered. libvirt says only that a domain is gone, which it
/// is after a migration, too; so Nova is asked, in the background of polling.
actor DepartureWatch {
    private let nova: NovaClient
    private let host: String
    private let file: RosterFile
    private let handOver: @Sendable ([EndedInstance]) async -> Void
    private let report: @Sendable (ServiceCondition) -> Void
    private let logger: Logger
    private let queue = DispatchQueue(label: "aerostat.departures")
    private let start = ContinuousClock.now

    /// `nil` before it was read.
    private var roster: InstanceRoster?
    private var backoff = ServiceBackoff()
    /// When each may be asked for again.
    private var next: [String: ContinuousClock.Instant] = [:]
    private var job: Task<Void, Never>?
    private var isStopped = false
    private var isSaved = true

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

    /// What a poll found. Returns at once.
    func see(instances: Set<String>, domains: Set<String>, at time: Timestamp) async {
        var known = roster ?? InstanceRoster()
        if roster == nil { known = await blocking { [file] in file.load() } }
        let isChanged = known.see(instances: instances, domains: domains, at: time)
        roster = known
        if isChanged { await save() }
        guard !isStopped, job == nil, backoff.standing(at: ContinuousClock.now - start) == nil else { return }
        let now = ContinuousClock.now
        next = next.filter { known.gone[$0.key] != nil }
        let due = known.due(at: time).filter { next[$0.id].map { $0 <= now } ?? true }
        guard !due.isEmpty else { return }
        job = Task {
            await ask(for: due)
            job = nil
        }
    }

    /// Cancels what is under way and waits for its end.
    func stop() async {
        isStopped = true
        job?.cancel()
        await job?.value
    }

    private func ask(for due: [(id: String, since: Timestamp)]) async {
        for (id, since) in due where !isStopped {
            do throws(KeystoneError) {
                let fate = try await nova.fate(of: id)
                backoff.succeed()
                report(ServiceCondition(.ends, nil))
                switch fate {
                case .deleted(let moment):
                    await handOver([EndedInstance(id: id, at: moment ?? since)])
                    await settle(id)
                case .present(let place) where !place.isEmpty && place != host:
                    // Another agent looks after it now.
                    await settle(id)
                case .present, .unknown:
                    next[id] = ContinuousClock.now + Self.pause
                }
            } catch {
                guard error.code != .cancelled else { return }
                backoff.fail(error, at: ContinuousClock.now - start, fraction: .random(in: 0..<1))
                report(
                    ServiceCondition(
                        .ends, "\(error); the ends of instances that are gone are told when Nova answers again"))
                return
            }
        }
    }

    private func settle(_ id: String) async {
        roster?.settle(id)
        next[id] = nil
        await save()
    }

    private func save() async {
        guard let roster else { return }
        let problem: String? = await blocking { [file] in
            do { try file.save(roster) } catch { return "\(file.path) cannot be written: \(error)" }
            return nil
        }
        if let problem, isSaved {
            logger.warning("\(problem); what is deleted while no agent runs is not found out")
        }
        isSaved = problem == nil
    }

    /// A call that blocks, on a thread of its own.
    private func blocking<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: body()) }
        }
    }
}
