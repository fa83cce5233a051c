import Compression
import Telemetry
import Threads

// What is handed over and written to the disk, and a disk that fails.
extension Outbox {
    /// Takes payloads for queues. When it returns, those of durable queues are on disk, in one transaction, or, if the
    /// disk takes none, in memory. Batches of unknown identity are a programming error and are not kept.
    public func handOver(
        _ batches: [(identity: String, payloads: any RandomAccessCollection<Payload> & Sendable)]
    ) async {
        pack(batches)
        let before = appends
        await flush()
        if appends == before { await noticeChanges() }
        for identity in Set(batches.map(\.identity)) {
            await enforceLimits(identity)
            signals[identity]?.yield()
        }
    }

    private func pack(_ batches: [(identity: String, payloads: any RandomAccessCollection<Payload> & Sendable)]) {
        let compressor = Zstandard.Compressor()
        for batch in batches {
            for payload in batch.payloads {
                queues[batch.identity]?.keep(PackedPayload(payload, compressor), madeFrom: payload)
            }
        }
    }

    /// Writes to the disk what durable queues hold in memory. When it returns, everything that was in memory before is
    /// on disk, unless the disk fails or the payload is under way.
    func flush() async {
        // A flush that runs may have begun before the newest payloads came.
        while let flushing { await flushing.value }
        guard path != nil, !isClosed, store == nil || queues.values.contains(where: \.isFlushDue) else { return }
        let task = Task { await self.writeMemory() }
        flushing = task
        await task.value
    }

    /// A queue whose payload in memory is under way is passed over, as that payload would be sent twice.
    func writeMemory() async {
        defer { flushing = nil }
        if store == nil { await recovery?.value }
        if store == nil { await reopen() }
        await settleOnDisk()
        let ready = queues.filter { $0.value.isDurable && $0.value.hasMemory && !$0.value.isMemoryInFlight }
        guard !ready.isEmpty else { return }
        for identity in ready.keys { queues[identity]?.isBeingWritten = true }
        let batches = ready.map { identity, queue in
            PayloadStore.Batch(
                identity: identity, payloads: queue.memory.map(\.packed), quarantined: queue.rejected)
        }
        var written: PayloadStore.Appended?
        // Once more if the first try finds a damaged database, which is replaced.
        for _ in 0..<2 {
            guard written == nil, let store else { break }
            do {
                written = try await store.append(batches)
            } catch {
                await failed(error, of: store)
                if store === self.store { break }
            }
        }
        if let written {
            appends += 1
            // What an operator has put back meanwhile comes first.
            let isUnchanged = written.version == countedVersion
            for ((identity, before), row) in zip(ready, written.rows) {
                queues[identity]?.memoryWasWritten(before, from: isUnchanged ? row : nil)
            }
            if isDiskFailing, unreadableSince == nil {
                isDiskFailing = false
                report(.diskRecovered)
            }
        } else {
            isDiskFailing = true
            for identity in ready.keys { queues[identity]?.memoryStays() }
            await leaveMovedStore()
        }
        for identity in ready.keys {
            queues[identity]?.isBeingWritten = false
            signals[identity]?.yield()
        }
        if let written, let countedVersion, written.version != countedVersion { await changed() }
    }

    /// Opens a database that could not be opened before.
    func reopen() async {
        guard let directory, let path, store == nil else { return }
        do {
            let held = lock
            lock = try await offPool {
                if let held, held.stands(in: directory) { held } else { try StateLock.take(directory) }
            }
            store = try await Self.openStore(path, known: known, now: now, report: report)
            canRead()
            await load()
        } catch {
            diskFails(error)
        }
    }
}

extension Outbox {
    /// Gives up a database that is not the one at its path any more, as after a file system that turned read-only was
    /// mended and mounted anew. The next flush opens the one that is there.
    private func leaveMovedStore() async {
        guard let left = store, let path, let there = await offPool({ FileIdentity(path: path) }), there != left.file,
            left === store
        else { return }
        store = nil
        journal = nil
        await close(left)
    }

    /// Closes a database, after what other queues are doing with it.
    func close(_ left: PayloadStore) async {
        do { try await offPool { try left.close() } } catch { report(.diskFailed(reason: "\(error)")) }
    }

    /// The queues that publishers serve.
    private var known: Set<String> { Set(queues.values.filter(\.isDurable).map(\.publisher.identity)) }
}

extension Outbox {
    /// Counts what is on disk, and applies the limits to queues that no publisher serves.
    func load() async {
        await openJournal()
        await settleOnDisk()
        await count()
        await enforceOrphanLimits()
    }

    /// Counts again if an operator has changed the database meanwhile (`aerostat outbox`).
    func noticeChanges() async {
        guard let store, let countedVersion else { return }
        do {
            guard try await store.version() != countedVersion else { return }
        } catch {
            await failed(error, of: store)
            return
        }
        await changed()
    }

    /// An operator has changed the database.
    func changed() async {
        await count()
        for signal in signals.values { signal.yield() }
    }

    /// Counts what is on disk.
    func count() async {
        guard let store else { return }
        // Once more if a queue changed while it was counted.
        for _ in 0..<10 {
            let changes = queues.mapValues(\.diskChanges)
            do {
                let version = try await store.version()
                let contents = try await store.contents()
                guard queues.mapValues(\.diskChanges) == changes else { continue }
                countedVersion = version
                for (identity, queue) in queues {
                    let found = contents[identity] ?? PayloadStore.Contents()
                    queues[identity]?.diskHolds(found)
                    if queue.inFlight == nil { queues[identity]?.oldest = found.oldest }
                }
                orphans = contents.filter { identity, contents in
                    queues[identity] == nil && (contents.waiting.payloads > 0 || contents.quarantined.payloads > 0)
                }
                return
            } catch {
                await failed(error, of: store)
                return
            }
        }
    }
}

extension Outbox {
    /// A store gave an error: a damaged database is replaced, anything else is waited out.
    func failed(_ error: any Error, of failing: PayloadStore) async {
        // The other queues' errors from a store that was replaced meanwhile.
        guard failing === store, let path else { return }
        guard DiskFault.isDamage(error, path: path) else {
            diskFails(error)
            return
        }
        await replace(failing, at: path, from: error)
    }

    /// A read gave an error. A disk that goes on giving errors for half a minute has lost what is there: what can be
    /// read is saved then, as of a damaged database.
    func failedReading(_ error: any Error, of failing: PayloadStore) async {
        await failed(error, of: failing)
        guard failing === store, let path else { return }
        let since = unreadableSince ?? .now
        unreadableSince = since
        guard ContinuousClock.now - since > .seconds(30) else { return }
        await replace(failing, at: path, from: error)
    }

    /// A read was answered.
    func canRead() {
        unreadableSince = nil
    }

    private func replace(_ failing: PayloadStore, at path: String, from error: any Error) async {
        store = nil
        // A task, for a flush to wait for.
        let task = Task { await self.recover(failing, at: path, from: error) }
        recovery = task
        await task.value
    }

    private func recover(_ failing: PayloadStore, at path: String, from error: any Error) async {
        do {
            let above = queues.values.flatMap { $0.settled.union([$0.inFlight ?? 0]) }.max() ?? 0
            let moment = now()
            let outcome = try await offPool { [known] in
                try failing.close()
                return try DatabaseRecovery.recover(path: path, at: moment, above: max(0, above), known: known)
            }
            store = outcome.store
            canRead()
            report(
                .databaseDamaged(
                    path: outcome.path, reason: "\(error)", recovered: outcome.recovered,
                    unreadable: outcome.unreadable))
            await load()
            for signal in signals.values { signal.yield() }
        } catch {
            diskFails(error)
        }
    }

    func diskFails(_ error: any Error) {
        if store == nil, unreadableSince == nil { unreadableSince = .now }
        if !isDiskFailing { report(.diskFailed(reason: "\(error)")) }
        isDiskFailing = true
    }
}

extension PayloadQueue {
    /// Whether something of it is to be written to the disk.
    fileprivate var isFlushDue: Bool { !settled.isEmpty || isDurable && hasMemory }

    fileprivate var hasMemory: Bool { !memory.isEmpty || !rejected.isEmpty }
}
