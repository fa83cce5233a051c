import FoundationEssentials
public import Telemetry

/// Takes what publishers made, keeps it on disk until its receiver has it, and delivers it: oldest first, one payload
/// of a queue at a time, again and again, whatever happens in between. The invariants are `PayloadStore`'s.
///
/// When the disk takes nothing (full, read-only, failing) payloads stay in memory, behind those on disk, up to a bound;
/// they go to the disk when it takes them again.
public actor Outbox {
    private let path: String?
    private var lock: StateLock?
    private let limits: OutboxLimits
    private let now: @Sendable () -> Timestamp
    private let random: @Sendable () -> Double
    private let report: @Sendable (OutboxEvent) -> Void

    private var store: PayloadStore?
    private var queues: [String: PayloadQueue] = [:]
    private var signals: [String: AsyncStream<Void>.Continuation] = [:]
    private var sleepers: [String: Task<Void, Never>] = [:]
    private var loops: [Task<Void, Never>] = []
    private var orphans: [String: QueueContents] = [:]
    private var isDiskFailing = false
    private var flushing: Task<Void, Never>?
    private var recovery: Task<Void, Never>?
    private var isStopping = false
    private var isClosed = false

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

    private static func openStore(
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

    private func load() async {
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

    private func start() {
        for identity in queues.keys {
            let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            signals[identity] = continuation
            loops.append(Task { await self.deliver(identity, woken: stream) })
        }
    }
}

extension Outbox {
    /// Takes payloads for queues. When it returns, those of durable queues are on disk, in one transaction, or, if the
    /// disk takes none, in memory. Batches of unknown identity are a programming error and are not kept.
    public func handOver(_ batches: [(identity: String, payloads: [Payload])]) async {
        for batch in batches {
            for payload in batch.payloads { queues[batch.identity]?.keep(payload) }
        }
        await flush()
        for identity in Set(batches.map(\.identity)) {
            await enforceLimits(identity)
            signals[identity]?.yield()
        }
    }

    /// Writes to the disk what durable queues hold in memory. When it returns, everything that was in memory before is
    /// on disk, unless the disk fails or the payload is under way.
    private func flush() async {
        // A flush that runs may have begun before the newest payloads came.
        while let flushing { await flushing.value }
        guard path != nil, !isClosed,
            store == nil || queues.values.contains(where: { $0.isRemovalDue || $0.isDurable && !$0.memory.isEmpty })
        else { return }
        let task = Task { await self.writeMemory() }
        flushing = task
        await task.value
    }

    /// A queue whose payload in memory is under way is passed over, as that payload would be sent twice.
    private func writeMemory() async {
        defer { flushing = nil }
        if store == nil { await recovery?.value }
        if store == nil { await reopen() }
        await removeDelivered()
        let ready = queues.filter { $0.value.isDurable && !$0.value.memory.isEmpty && !$0.value.isMemoryInFlight }
        guard !ready.isEmpty else { return }
        for identity in ready.keys { queues[identity]?.isBeingWritten = true }
        let batches = ready.map { (identity: $0.key, payloads: $0.value.memory.map(\.payload)) }
        var isWritten = false
        // Once more if the first try finds a damaged database, which is replaced.
        for _ in 0..<2 {
            guard !isWritten, let store else { break }
            do {
                try await store.append(batches)
                isWritten = true
            } catch {
                await failed(error, of: store)
                if store === self.store { break }
            }
        }
        if isWritten {
            for (identity, before) in ready { queues[identity]?.memoryWasWritten(through: before.memory.last?.id) }
            if isDiskFailing {
                isDiskFailing = false
                report(.diskRecovered)
            }
        } else {
            isDiskFailing = true
        }
        for identity in ready.keys {
            queues[identity]?.isBeingWritten = false
            signals[identity]?.yield()
        }
    }

    /// Removes what receivers took while the disk did not take the removal.
    private func removeDelivered() async {
        for (identity, queue) in queues where queue.isRemovalDue {
            guard let store else { return }
            do {
                try await store.remove(identity, through: queue.deliveredThrough)
                queues[identity]?.isRemovalDue = false
            } catch {
                await failed(error, of: store)
            }
        }
    }

    /// Opens a database that could not be opened before.
    private func reopen() async {
        guard let path, store == nil else { return }
        do {
            store = try await Self.openStore(path, now: now, report: report)
            await load()
        } catch {
            diskFails(error)
        }
    }

    /// A store gave an error: a damaged database is replaced, anything else is waited out.
    private func failed(_ error: any Error, of failing: PayloadStore) async {
        // The other queues' errors from a store that was replaced meanwhile.
        guard failing === store, let path else { return }
        guard DatabaseRecovery.isDamage(error, path: path) else {
            diskFails(error)
            return
        }
        store = nil
        // A task, for a flush to wait for.
        let task = Task { await self.recover(failing, at: path, from: error) }
        recovery = task
        await task.value
    }

    private func recover(_ failing: PayloadStore, at path: String, from error: any Error) async {
        do {
            let known = queues.values.map { max($0.inFlight ?? 0, Int64(max($0.deliveredThrough, 0))) }
            let above = known.max() ?? 0
            let moment = now()
            let outcome = try await blocking {
                try failing.close()
                return try DatabaseRecovery.recover(path: path, at: moment, above: above)
            }
            store = outcome.store
            report(.databaseDamaged(path: outcome.path, reason: "\(error)", recovered: outcome.recovered))
            await load()
            for signal in signals.values { signal.yield() }
        } catch {
            diskFails(error)
        }
    }

    private func diskFails(_ error: any Error) {
        if !isDiskFailing { report(.diskFailed(reason: "\(error)")) }
        isDiskFailing = true
    }

    private func enforceLimits(_ identity: String) async {
        while let queue = queues[identity], queue.memoryBytes > limits.maxMemoryBytes,
            let drop = queues[identity]?.dropOldestInMemory()
        {
            note(drop, of: identity, why: .memory)
        }
        guard let store else { return }
        do {
            let oldest = limits.oldest(at: now())
            while let queue = queues[identity], queue.isDurable, queue.disk.payloads > 0 {
                let isTooMuch = queue.disk.bytes > limits.maxBytes
                guard isTooMuch || oldest != nil,
                    let drop = try await store.dropOldest(
                        identity, after: queue.deliveredThrough, olderThan: isTooMuch ? nil : oldest,
                        keeping: queue.inFlight)
                else { break }
                queues[identity]?.disk -= drop.contents
                note(drop, of: identity, why: isTooMuch ? .bytes : .age)
            }
        } catch {
            await failed(error, of: store)
        }
    }

    private func note(_ drop: PayloadStore.Dropped, of identity: String, why: OutboxEvent.DropReason) {
        if queues[identity]?.dropping == nil { report(.droppingBegan(queue: identity, why: why)) }
        queues[identity]?.note(drop)
    }
}

extension Outbox {
    /// Delivers one queue until the outbox stops.
    private func deliver(_ identity: String, woken: AsyncStream<Void>) async {
        guard let publisher = queues[identity]?.publisher else { return }
        var backoff = Backoff()
        var failures = 0
        var wakeUps = woken.makeAsyncIterator()
        while !Task.isCancelled {
            guard let stored = await next(identity) else {
                if isStopping { return }
                _ = await wakeUps.next()
                continue
            }
            let delivery = await publisher.deliver(stored.payload)
            queues[identity]?.attempts += 1
            var wait: Duration?
            switch delivery {
            case .delivered:
                await settle(identity, stored)
                queues[identity]?.delivered += 1
                if failures > 0 { report(.outageEnded(queue: identity, attempts: failures)) }
                endDropping(identity)
                failures = 0
                backoff.succeed()
                queues[identity]?.lastError = nil
            case .retry(let wish, let reason):
                if Task.isCancelled { break }
                failures += 1
                if failures == 1 { report(.outageBegan(queue: identity, reason: reason)) }
                wait = backoff.wait(wish: wish, fraction: random())
                queues[identity]?.lastError = reason
            case .refused(let reason):
                failures += 1
                report(.refused(queue: identity, reason: reason))
                wait = backoff.waitAfterRefusal(fraction: random())
                queues[identity]?.lastError = reason
            case .tooLarge(let reason):
                if let halves = publisher.split(stored.payload) {
                    await replace(identity, stored, with: halves)
                } else {
                    wait = await quarantine(identity, stored, reason: reason) ? nil : Backoff.base
                }
            case .rejected(let reason):
                wait = await quarantine(identity, stored, reason: reason) ? nil : Backoff.base
            }
            queues[identity]?.inFlight = nil
            if let wait {
                if isStopping { return }
                await flush()
                await sleep(identity, for: wait)
                await enforceLimits(identity)
            }
            await flush()
        }
    }

    /// The oldest payload of a queue, which is under way from now on.
    private func next(_ identity: String) async -> StoredPayload? {
        guard let queue = queues[identity] else { return nil }
        if let store, queue.isDurable, queue.disk.payloads > 0 {
            do {
                if let stored = try await store.head(identity, after: queue.deliveredThrough) {
                    queues[identity]?.inFlight = stored.id
                    return stored
                }
                // What is left was delivered but could not be removed.
            } catch {
                await failed(error, of: store)
                if store !== self.store {
                    // What was saved of the damaged database is older than memory.
                    signals[identity]?.yield()
                    return nil
                }
            }
        }
        // What is in memory goes to the disk first, unless that fails.
        guard !queue.isDurable || isDiskFailing, queues[identity]?.isBeingWritten == false,
            let stored = queues[identity]?.memory.first
        else { return nil }
        queues[identity]?.inFlight = stored.id
        return stored
    }

    /// The receiver took a payload.
    private func settle(_ identity: String, _ stored: StoredPayload) async {
        guard stored.id > 0 else {
            queues[identity]?.removeFromMemory(stored.id)
            return
        }
        queues[identity]?.deliveredThrough = stored.position
        queues[identity]?.disk -= QueueContents(stored.payload)
        queues[identity]?.isRemovalDue = true
        await removeDelivered()
    }

    private func replace(_ identity: String, _ stored: StoredPayload, with halves: (Payload, Payload)) async {
        guard stored.id > 0 else {
            queues[identity]?.replaceInMemory(stored.id, with: halves)
            return
        }
        guard let store else {
            await sleep(identity, for: Backoff.base)
            return
        }
        do {
            try await store.replace(stored, with: halves)
            queues[identity]?.disk -= QueueContents(stored.payload)
            queues[identity]?.disk += QueueContents(halves.0)
            queues[identity]?.disk += QueueContents(halves.1)
        } catch {
            await failed(error, of: store)
            await sleep(identity, for: Backoff.base)
        }
    }

    /// Puts a payload aside. False if the disk does not take it: it stays where it is, as it must not be lost.
    private func quarantine(_ identity: String, _ stored: StoredPayload, reason: String) async -> Bool {
        if stored.id > 0 {
            guard let store else { return false }
            do {
                try await store.quarantine(stored.id, reason: reason, at: now())
            } catch {
                await failed(error, of: store)
                return false
            }
            queues[identity]?.disk -= QueueContents(stored.payload)
        } else {
            queues[identity]?.removeFromMemory(stored.id)
        }
        queues[identity]?.quarantined += 1
        queues[identity]?.lastError = reason
        report(.quarantined(queue: identity, samples: stored.payload.samples, reason: reason))
        return true
    }

    private func endDropping(_ identity: String) {
        guard let episode = queues[identity]?.dropping else { return }
        queues[identity]?.dropping = nil
        report(
            .dropped(
                queue: identity, samples: episode.contents.samples, first: episode.first, last: episode.last))
    }

    private func sleep(_ identity: String, for duration: Duration) async {
        let sleeper = Task { do { try await Task.sleep(for: duration) } catch {} }
        sleepers[identity] = sleeper
        await sleeper.value
        sleepers[identity] = nil
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
    private static func end(of tasks: [Task<Void, Never>], within limit: Duration) async -> Bool {
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
