import FoundationEssentials
public import Telemetry

/// Takes what publishers made, keeps it on disk until its receiver has it, and delivers it: oldest first, one payload
/// of a queue at a time, again and again, whatever happens in between. The invariants are `PayloadStore`'s.
///
/// When the disk takes nothing (full, read-only, failing) payloads stay in memory, behind those on disk, up to a bound;
/// they go to the disk when it takes them again.
public actor Outbox {
    let path: String?
    var lock: StateLock?
    let limits: OutboxLimits
    let now: @Sendable () -> Timestamp
    let random: @Sendable () -> Double
    let report: @Sendable (OutboxEvent) -> Void

    var store: PayloadStore?
    var queues: [String: PayloadQueue] = [:]
    var signals: [String: AsyncStream<Void>.Continuation] = [:]
    var sleepers: [String: Task<Void, Never>] = [:]
    var loops: [Task<Void, Never>] = []
    var orphans: [String: QueueContents] = [:]
    var isDiskFailing = false
    var flushing: Task<Void, Never>?
    var recovery: Task<Void, Never>?
    var isStopping = false
    var isClosed = false

    /// Opens the outbox in a directory, which is made if it is missing, and begins to deliver.
    ///
    /// Without a directory everything is kept in memory. Publishers of one identity share a queue. Throws `OutboxError`
    /// if another agent has the directory or it cannot be used; a damaged database or a full disk is no error but an
    /// event.
    public static func open(
        directory: String?, limits: OutboxLimits, publishers: [any Publisher],
        now: @escaping @Sendable () -> Timestamp, random: @escaping @Sendable () -> Double = { .random(in: 0..<1) },
        report: @escaping @Sendable (OutboxEvent) -> Void
    ) async throws(OutboxError) -> Outbox {
        var lock: StateLock?
        var store: PayloadStore?
        var passing: (any Error)?
        let path = directory.map { "\($0)/outbox.sqlite" }
        if let directory, let path {
            do {
                try FileManager.default.createDirectory(
                    atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw OutboxError(
                    .unusable,
                    "the state directory \(directory) cannot be made (\(error)); set [aerostat] state_path to a "
                        + "directory that this user may write")
            }
            lock = try StateLock(directory: directory)
            do {
                store = try await Self.openStore(path, now: now, report: report)
            } catch let error where DatabaseRecovery.isPassing(error) {
                passing = error
            } catch {
                throw OutboxError(.unusable, "\(path) cannot be opened: \(error)")
            }
        }
        let outbox = Outbox(
            path: path, lock: lock, store: store, limits: limits, publishers: publishers, now: now, random: random,
            report: report)
        if let passing { await outbox.diskFails(passing) }
        await outbox.load()
        await outbox.start()
        return outbox
    }

    private init(
        path: String?, lock: StateLock?, store: PayloadStore?, limits: OutboxLimits, publishers: [any Publisher],
        now: @escaping @Sendable () -> Timestamp, random: @escaping @Sendable () -> Double,
        report: @escaping @Sendable (OutboxEvent) -> Void
    ) {
        self.path = path
        self.lock = lock
        self.store = store
        self.limits = limits
        self.now = now
        self.random = random
        self.report = report
        for publisher in publishers where queues[publisher.identity] == nil {
            queues[publisher.identity] = PayloadQueue(
                publisher: publisher, isDurable: path != nil && publisher.needsDurability)
        }
    }

    static func openStore(
        _ path: String, now: @Sendable () -> Timestamp, report: @Sendable (OutboxEvent) -> Void
    ) async throws -> PayloadStore {
        do {
            return try await blocking { try PayloadStore(path: path) }
        } catch let error where DatabaseRecovery.isDamage(error, path: path) {
            let moment = now()
            let outcome = try await blocking { try DatabaseRecovery.recover(path: path, at: moment, above: 0) }
            report(.databaseDamaged(path: outcome.path, reason: "\(error)", recovered: outcome.recovered))
            return outcome.store
        }
    }

    func load() async {
        await removeDelivered()
        guard let store else { return }
        do {
            let contents = try await store.contents()
            for identity in queues.keys { queues[identity]?.disk = contents[identity] ?? QueueContents() }
            orphans = contents.filter { queues[$0.key] == nil && $0.value.payloads > 0 }
            for (identity, count) in try await store.quarantined() { queues[identity]?.quarantined = count }
        } catch {
            await failed(error, of: store)
        }
    }

    func start() {
        for identity in queues.keys {
            let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            signals[identity] = continuation
            loops.append(Task { await self.deliver(identity, woken: stream) })
        }
    }
}

extension Outbox {
    /// Delivers what waits for at most that long, but does not wait for receivers that failed; the rest stays on disk.
    /// Attempts that are under way then are cancelled, and waited for a second at most. The outbox cannot be used
    /// afterwards.
    public func stop(within limit: Duration) async {
        isStopping = true
        for signal in signals.values { signal.yield() }
        for sleeper in sleepers.values { sleeper.cancel() }
        if await !Self.end(of: loops, within: limit) {
            for loop in loops { loop.cancel() }
            _ = await Self.end(of: loops, within: .seconds(1))
        }
        for signal in signals.values { signal.finish() }
        for identity in queues.keys { endDropping(identity) }
        await flush()
        isClosed = true
        do { try store?.close() } catch { report(.diskFailed(reason: "\(error)")) }
        store = nil
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
            do { try await Task.sleep(for: limit) } catch { return }
            end.yield(false)
        }
        defer {
            watch.cancel()
            clock.cancel()
        }
        for await haveEnded in ends { return haveEnded }
        return false
    }

    /// The queues' counters, in the order of their identities, with queues that no publisher serves any more.
    public func snapshot() -> [QueueSnapshot] {
        let served = queues.map { identity, queue in
            QueueSnapshot(
                identity: identity, isConfigured: true, payloads: queue.waiting.payloads,
                samples: queue.waiting.samples, bytes: queue.waiting.bytes, inMemory: queue.memory.count,
                delivered: queue.delivered, attempts: queue.attempts, quarantined: queue.quarantined,
                droppedSamples: queue.dropped.samples, lastError: queue.lastError)
        }
        let left = orphans.map { identity, contents in
            QueueSnapshot(
                identity: identity, isConfigured: false, payloads: contents.payloads, samples: contents.samples,
                bytes: contents.bytes, inMemory: 0, delivered: 0, attempts: 0, quarantined: 0, droppedSamples: 0,
                lastError: nil)
        }
        return (served + left).sorted { $0.identity < $1.identity }
    }
}
