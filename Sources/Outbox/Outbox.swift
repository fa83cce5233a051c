import FoundationEssentials
import Glibc
import Synchronization
public import Telemetry
import Threads

/// Takes what publishers made, keeps it on disk until its receiver has it, and delivers it, whatever happens in between.
///
/// Invariants, after a crash at any instruction, a kill -9 or a power cut too:
/// 1. Durable: when `handOver` has returned, its payloads are on disk, all of them; before that all or none. Only while
///    the disk takes nothing (full, read-only, failing, hanging) they are in memory instead, up to a bound, and on disk as
///    soon as that takes them again.
/// 2. Kept: a payload leaves the disk in one of four ways, each a transaction: its receiver took it; its receiver will
///    never take it, and it goes to quarantine, with the reason; it was too large, or refused for the sake of a part,
///    and its two parts stand in its place; a limit was reached, and it is counted as dropped.
/// 3. Once, or twice: a payload is sent again only if its receiver has not said that it took it. A crash between the
///    receiver's answer and the removal sends that one payload again, with the same bytes.
/// 4. In order: of a queue one payload is under way at a time, and it is the oldest that waits, on disk or in memory.
///    Two exceptions: if the disk cannot be read for ten seconds, or memory is half full, memory goes first. A payload
///    that was refused is passed over until it is clear whether it or its receiver is to blame (`Suspicion`).
/// 5. Counted: what was handed over has been delivered, or waits, or is in quarantine, or is counted as dropped.
/// 6. Apart: one queue's receiver, however it fails, changes nothing for another queue.
/// 7. Intact: what is sent has the bytes that were handed over, by a checksum; a payload that has not is never sent.
/// 8. Bounded: nothing waits for the disk longer than `OutboxLimits.diskPatience`; see `onDisk`.
///
/// Shown by `OutboxModelTests` (random operations and crashes against a model: 2 to 5), `OutboxCrashTests` (1, 3, 4),
/// `DatabaseRecoveryTests` and `DatabasePagesTests` (3, 4, 7), `DatabaseSwapTests` (2), `OutboxDiskTests`,
/// `UnreadableDiskTests` (1, 4), `HangingDiskTests` (1, 3, 8), `StateReplacedTests` (2), `RemovalTests` (4, 5), `OutboxLimitsTests` (5), `ClosedStoreTests` (6), and
/// `OutboxDeliveryTests` (6).
public actor Outbox {
    let directory: String?
    let path: String?
    var lock: StateLock?
    let limits: OutboxLimits
    let now: @Sendable () -> Timestamp
    let monotonic: @Sendable () -> Duration
    let random: @Sendable () -> Double
    let report: @Sendable (OutboxEvent) -> Void
    let drained: @Sendable () -> Void

    var store: PayloadStore? {
        didSet {
            countedVersion = nil
            for identity in queues.keys { queues[identity]?.diskWasReplaced() }
        }
    }
    var journal: DeliveryJournal?
    /// Rows that receivers took in an earlier run, and that could not be removed yet.
    var departed: Set<Int64> = []
    /// Whether the journal has entries of an earlier run.
    var hasOldEntries = false
    var queues: [String: PayloadQueue] = [:] { didSet { publishSoon() } }
    var signals: [String: AsyncStream<Void>.Continuation] = [:]
    var sleepers: [String: Task<Void, Never>] = [:]
    var loops: [Task<Void, Never>] = []
    /// Queues that no publisher serves.
    var orphans: [String: PayloadStore.Contents] = [:] { didSet { publishSoon() } }
    /// The database's version when it was counted last: another one if an operator has changed it since; `nil` if this database
    /// has not been counted.
    var countedVersion: Int?
    /// How often something was appended to it.
    var appends = 0
    var isDiskFailing = false
    /// Since when the disk gives errors at reading; `nil` if it does not.
    var unreadableSince: ContinuousClock.Instant?
    /// How many operations on the disk have not ended in time, and still run.
    var overdue = 0
    /// Since when the disk does not answer; `nil` if it does.
    var hangingSince: ContinuousClock.Instant?
    /// Whether the disk fails for no other reason than that it does not answer.
    var failsByHanging = false
    /// Databases whose files are no longer in the state directory, and whose payloads are to be carried over.
    var abandoned: [PayloadStore] = []
    var whyAbandoned = ""
    var waitingTime: WaitingTime
    /// Bytes that were handed over lately, with their time, to tell how long memory lasts.
    var arrivals: [(at: Duration, bytes: Int)] = []
    var flushing: Task<Void, Never>?
    var recovery: Task<Void, Never>?
    /// The counters, for threads that must not wait for this actor.
    private let counters = Mutex<[QueueSnapshot]>([])
    private var isPublishing = false
    var isStopping = false
    var isClosed = false
    /// How often another agent was found to have the state directory, since a start whose disk did not answer.
    var refusals = 0
    /// Whether the next start finds what is counted as on disk.
    private var keepsDisk = true

    private init(
        directory: String?, limits: OutboxLimits, publishers: [any Publisher],
        now: @escaping @Sendable () -> Timestamp, monotonic: @escaping @Sendable () -> Duration,
        random: @escaping @Sendable () -> Double, report: @escaping @Sendable (OutboxEvent) -> Void,
        drained: @escaping @Sendable () -> Void
    ) {
        self.directory = directory
        path = directory.map(Self.database(in:))
        self.limits = limits
        self.now = now
        self.monotonic = monotonic
        self.random = random
        self.report = report
        self.drained = drained
        waitingTime = WaitingTime(limit: limits.maxAge)
        for publisher in publishers where queues[publisher.identity] == nil {
            queues[publisher.identity] = PayloadQueue(
                publisher: publisher, isDurable: directory != nil && publisher.needsDurability,
                rejectionsInARow: limits.rejectionsInARow)
        }
    }

    /// The time since an arbitrary moment, by the monotonic clock, which also counts while the host is suspended.
    private static let origin = ContinuousClock.now

    /// The database in a state directory.
    static func database(in directory: String) -> String { "\(directory)/outbox.sqlite" }

    func start() {
        publish()
        for identity in queues.keys {
            let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            signals[identity] = continuation
            loops.append(Task { await self.deliver(identity, woken: stream) })
        }
    }
}

extension Outbox {
    /// Opens the outbox in a directory, which is made if it is missing, and begins to deliver.
    ///
    /// Without a directory everything is kept in memory. Publishers of one identity share a queue. Throws `OutboxError`
    /// if another agent has the directory or it cannot be used; a damaged database or a disk that is full, read-only or
    /// does not answer is no error but an event. `drained` is called whenever a queue has delivered the last of what it
    /// had. `monotonic` is the time since any fixed moment, by a clock that does not jump.
    public static func open(
        directory: String?, limits: OutboxLimits, publishers: [any Publisher],
        now: @escaping @Sendable () -> Timestamp,
        monotonic: (@Sendable () -> Duration)? = nil,
        random: @escaping @Sendable () -> Double = { .random(in: 0..<1) },
        report: @escaping @Sendable (OutboxEvent) -> Void, drained: @escaping @Sendable () -> Void = {}
    ) async throws(OutboxError) -> Outbox {
        let outbox = Outbox(
            directory: directory, limits: limits, publishers: publishers, now: now,
            monotonic: monotonic ?? { ContinuousClock.now - Self.origin }, random: random, report: report,
            drained: drained)
        if directory != nil, let refusal = await outbox.begin() { throw refusal }
        await outbox.start()
        return outbox
    }

    /// Throws if an outbox in this directory would not start, as far as that can be told without a change to it: an agent
    /// that runs must not end for one that cannot. A directory that is missing is no error. Blocks.
    public static func requireUsable(directory: String) throws(OutboxError) {
        var status = stat()
        guard stat(directory, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw StateAccess.noDirectory(directory) }
        try StateAccess.requireOwn(directory)
        try StateFiles.requireOrdinary(database(in: directory))
    }

    /// Opens what is on disk, but does not wait for it longer than a start may take.
    private func begin() async -> OutboxError? {
        await onDisk(within: limits.openPatience) { await $0.openFirst() } ?? nil
    }

    private func openFirst() async -> OutboxError? {
        guard let directory, let path else { return nil }
        do {
            let taken = try await offPool { try StateLock.take(directory) }
            guard !isClosed else {
                taken.giveUp()
                return nil
            }
            lock = taken
            serveRequests(at: taken)
            let opened = try await Self.openStore(path, known: known, now: now, report: report)
            guard !isClosed else {
                await close(opened)
                return nil
            }
            store = opened
        } catch let error as OutboxError {
            lock = nil
            return error
        } catch let error where DiskFault.isPassing(error, directory: directory) {
            diskFails(error)
        } catch {
            lock = nil
            return OutboxError(.unusable, "\(path) cannot be opened: \(error)")
        }
        await load()
        return nil
    }

    static func openStore(
        _ path: String, known: Set<String>, now: @Sendable () -> Timestamp, report: @Sendable (OutboxEvent) -> Void
    ) async throws -> PayloadStore {
        let moment = now()
        let (aside, isUnfinished) = try await offPool {
            let swap = DatabaseSwap(path: path, at: moment)
            let isUnfinished = swap.isUnfinished
            if isUnfinished { try swap.end() }
            return (swap.aside, isUnfinished)
        }
        do {
            let store = try await offPool {
                // SQLite drops in silence what is behind a damaged frame.
                if let damage = WriteAheadLog.damage(of: path) { throw damage }
                return try PayloadStore(path: path)
            }
            if isUnfinished {
                let saved = try await store.contents().values.reduce(0) { $0 + $1.waiting.payloads }
                report(
                    .databaseDamaged(
                        path: aside, reason: "the agent ended while it saved what could be read",
                        recovered: saved, unreadable: 0))
            }
            return store
        } catch let error where DiskFault.isDamage(error, path: path) {
            let outcome = try await offPool {
                try DatabaseRecovery.recover(path: path, at: moment, above: 0, known: known)
            }
            report(
                .databaseDamaged(
                    path: outcome.path, reason: "\(error)", recovered: outcome.recovered,
                    unreadable: outcome.unreadable))
            return outcome.store
        }
    }

    /// Delivers what waits for at most that long, but does not wait for receivers that failed; the rest stays on disk.
    /// Attempts that are under way then are cancelled, and waited for a second at most. The outbox cannot be used
    /// afterwards.
    public func stop(within limit: Duration) async {
        isStopping = true
        let end = ContinuousClock.now + limit + .seconds(1)
        for signal in signals.values { signal.yield() }
        for sleeper in sleepers.values { sleeper.cancel() }
        if await !Self.end(of: loops, within: limit) {
            for loop in loops { loop.cancel() }
            _ = await Self.end(of: loops, within: .seconds(1))
        }
        for signal in signals.values { signal.finish() }
        for identity in queues.keys { endDropping(identity) }
        await onDisk(within: max(end - .now, .milliseconds(300))) { outbox in
            await outbox.flushWholly()
            // Files that went after the last poll are found now.
            await outbox.noticeChanges()
        }
        isClosed = true
        keepsDisk = abandoned.isEmpty
        let left = abandoned + [store].compactMap { $0 }
        store = nil
        abandoned = []
        // A store whose disk does not answer closes itself when that does.
        await onDisk(within: max(end - .now, .milliseconds(300))) { outbox in
            for store in left { await outbox.close(store) }
        }
        journal = nil
        lock?.giveUp()
        lock = nil
    }

    /// Waits for tasks, but no longer than that, whatever they do. Whether all ended.
    static func end(of tasks: [Task<Void, Never>], within limit: Duration) async -> Bool {
        let (ends, end) = AsyncStream<Bool>.makeStream()
        let watch = Task {
            for task in tasks { await task.value }
            end.yield(true)
        }
        let clock = Task {
            do { try await TaskThread.agent.sleep(for: limit) } catch { return }
            end.yield(false)
        }
        defer {
            watch.cancel()
            clock.cancel()
        }
        for await haveEnded in ends { return haveEnded }
        return false
    }

    /// The counters of a moment ago, likewise. Any thread may ask; it waits for nothing.
    public nonisolated var published: [QueueSnapshot] { counters.withLock { $0 } }

    /// Publishes once for all that this turn of the actor changes.
    private func publishSoon() {
        guard !isPublishing else { return }
        isPublishing = true
        Task { self.publish() }
    }

    private func publish() {
        isPublishing = false
        let snapshot = snapshot()
        counters.withLock { $0 = snapshot }
    }

    /// What an outbox that has stopped leaves in a queue.
    public struct Leftovers: Sendable, Hashable {
        /// The publisher's identity.
        public let identity: String
        /// Payloads on disk, which the next start finds.
        public let kept: Int
        /// Samples in them.
        public let keptSamples: Int
        /// Payloads in memory alone, which are gone with this outbox unless a disk that hangs takes them after all.
        public let lost: Int
        /// Samples in them.
        public let lostSamples: Int
        /// Whether the queue is one that goes to the disk.
        public let isDurable: Bool
    }

    /// What is left in the queues that publishers serve, in the order of their identities.
    public func leftovers() -> [Leftovers] {
        queues.map { identity, queue in
            let all = queue.waiting
            let kept = keepsDisk ? queue.disk : QueueContents()
            return Leftovers(
                identity: identity, kept: kept.payloads, keptSamples: kept.samples, lost: all.payloads - kept.payloads,
                lostSamples: all.samples - kept.samples, isDurable: queue.isDurable)
        }.sorted { $0.identity < $1.identity }
    }

    /// The queues' counters, in the order of their identities, with queues that no publisher serves any more.
    public func snapshot() -> [QueueSnapshot] {
        let served = queues.map { identity, queue in
            let waiting = queue.waiting
            return QueueSnapshot(
                identity: identity, isConfigured: true, payloads: waiting.payloads, samples: waiting.samples,
                bytes: waiting.bytes,
                oldest: waiting.payloads > 0 ? queue.oldest : nil,
                inMemory: queue.memory.count,
                delivered: queue.delivered, attempts: queue.attempts,
                lastAttempt: queue.lastAttempt, nextAttempt: queue.nextAttempt,
                quarantined: queue.quarantined.payloads, quarantinedSamples: queue.quarantined.samples,
                droppedSamples: queue.dropped.samples, lastError: queue.lastError)
        }
        let left = orphans.map { identity, contents in
            QueueSnapshot(
                identity: identity, isConfigured: false, payloads: contents.waiting.payloads,
                samples: contents.waiting.samples, bytes: contents.waiting.bytes, oldest: contents.oldest,
                inMemory: 0, delivered: 0, attempts: 0, lastAttempt: nil, nextAttempt: nil,
                quarantined: contents.quarantined.payloads,
                quarantinedSamples: contents.quarantined.samples, droppedSamples: 0, lastError: nil)
        }
        return (served + left).sorted { $0.identity < $1.identity }
    }
}
