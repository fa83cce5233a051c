import Compression
import Telemetry
import Threads

// What is handed over and written to the disk, and a disk that fails.
extension Outbox {
    /// Takes payloads for queues. When it returns, those of durable queues are on disk, in one transaction, or, if the
    /// disk takes none, in memory. Batches of unknown identity are a programming error: they are told, and not kept.
    ///
    /// Waits no longer than `OutboxLimits.diskPatience`: a disk that does not answer by then takes none.
    public func handOver(
        _ batches: [(identity: String, payloads: any RandomAccessCollection<Payload> & Sendable)]
    ) async {
        pack(batches)
        let identities = Set(batches.map(\.identity)).filter { queues[$0] != nil }
        for identity in identities { queues[identity]?.wasHandedOver(at: monotonic()) }
        let wasHanging = isHanging
        await onDisk { outbox in
            let before = outbox.appends
            await outbox.flushWholly()
            if outbox.appends == before { await outbox.noticeChanges() }
            for identity in identities { await outbox.enforceLimits(identity) }
            await outbox.enforceOrphanLimits()
        }
        if wasHanging, isHanging { report(.diskFailureLasts(reason: withMemory(hangReason))) }
        for identity in identities {
            enforceMemoryLimit(identity)
            endDroppingIfCalm(identity)
            signals[identity]?.yield()
        }
    }

    private func pack(_ batches: [(identity: String, payloads: any RandomAccessCollection<Payload> & Sendable)]) {
        let compressor = Zstandard.Compressor()
        var bytes = 0
        for batch in batches {
            guard queues[batch.identity] != nil else {
                let samples = batch.payloads.reduce(0) { $0 + $1.samples }
                if samples > 0 { report(.unknownQueue(batch.identity, samples: samples)) }
                continue
            }
            for payload in batch.payloads {
                let packed = PackedPayload(payload, compressor)
                bytes += packed.frame.count
                queues[batch.identity]?.keep(packed, madeFrom: payload)
            }
        }
        arrivals.append((monotonic(), bytes))
        if arrivals.count > 10 { arrivals.removeFirst() }
    }

    /// Writes to the disk what durable queues hold in memory, unless the disk does not answer.
    func flush() async {
        guard flushing != nil || store == nil || queues.values.contains(where: \.isFlushDue) else { return }
        await onDisk { await $0.flushWholly() }
    }

    /// When it returns, everything that was in memory before is on disk, unless the disk fails or the payload is under way.
    func flushWholly() async {
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
        for identity in ready.keys { queues[identity]?.beginWriting() }
        let batches = ready.map { identity, queue in
            PayloadStore.Batch(
                identity: identity, payloads: queue.memory.map(\.packed), quarantined: queue.rejected)
        }
        var written: PayloadStore.Appended?
        // Once more if a try finds a damaged database, which is replaced, or one that is not there any more.
        for _ in 0..<3 {
            guard written == nil, let store else { break }
            do {
                written = try await store.append(batches, lockedBy: lock?.place)
            } catch {
                await failed(error, of: store)
                if store === self.store, !(error is StateFiles.Replaced) { break }
            }
        }
        if let written {
            appends += 1
            // What an operator has put back meanwhile comes first.
            let isUnchanged = written.version == countedVersion
            for ((identity, before), row) in zip(ready, written.rows) {
                queues[identity]?.memoryWasWritten(before, from: row, isOurs: isUnchanged)
                if !before.memory.isEmpty {
                    waitingTime.wrote(row...row + Int64(before.memory.count) - 1, at: monotonic())
                }
            }
            if isDiskFailing, unreadableSince == nil {
                isDiskFailing = false
                failsByHanging = false
                report(.diskRecovered)
            }
        } else {
            isDiskFailing = true
            for identity in ready.keys { queues[identity]?.memoryStays() }
        }
        for identity in ready.keys {
            queues[identity]?.endWriting()
            signals[identity]?.yield()
        }
        if let written, let countedVersion, written.version != countedVersion { await changed() }
    }

    /// Opens a database that could not be opened before, or that stands where another one was.
    func reopen() async {
        guard let directory, let path, store == nil, !isClosed else { return }
        do {
            let held = lock
            let taken = try await offPool {
                if let held, held.stands(in: directory) { held } else { try StateLock.take(directory, after: held) }
            }
            guard !isClosed else { return taken.giveUp() }
            lock = taken
            serveRequests(at: taken)
            var opened = try await Self.openStore(path, known: known, now: now, report: report)
            if !abandoned.isEmpty { opened = try await carryOver(to: opened, at: path) }
            guard !isClosed else { return await close(opened) }
            store = opened
            canRead()
            await load()
            for signal in signals.values { signal.yield() }
        } catch {
            diskFails(error)
            // Not at the first time: an agent of this process that ends may have it still.
            guard lock == nil, let refusal = error as? OutboxError, refusal.code == .inUse else { return }
            refusals += 1
            if refusals == 3 { report(.directoryTaken(reason: refusal.description)) }
        }
    }
}

extension Outbox {
    /// The files of the database, or its lock, are no longer those that were opened.
    private func leave(_ left: PayloadStore, _ moved: StateFiles.Replaced) async {
        guard left === store, let directory else { return }
        switch moved.what {
        case .lock:
            let held = lock
            do {
                let taken = try await offPool { try StateLock.take(directory, after: held) }
                guard !isClosed else { return taken.giveUp() }
                lock = taken
                serveRequests(at: taken)
                report(.stateReplaced(path: directory, reason: moved.description, carried: 0))
            } catch {
                diskFails(error)
            }
        case .log:
            // SQLite has the log open still, and writes what is in it into the database.
            let before = queues.values.reduce(0) { $0 + $1.disk.payloads + $1.delivered }
            store = nil
            journal = nil
            await close(left)
            await reopen()
            let after = queues.values.reduce(0) { $0 + $1.disk.payloads + $1.delivered }
            let lost = after < before ? ", with \(before - after) payloads" : ""
            report(.stateReplaced(path: directory, reason: moved.description + lost, carried: 0))
        case .database:
            store = nil
            journal = nil
            abandoned.append(left)
            await offPool { left.files.removeIndex() }
            whyAbandoned = moved.description
            await reopen()
        }
    }

    /// Writes what databases that are no longer there still hold into the one that is there.
    private func carryOver(to fresh: PayloadStore, at path: String) async throws -> PayloadStore {
        let old = abandoned
        var settled: Set<Int64> = []
        var rejections: [Int64: PayloadQueue.Rejection] = [:]
        for queue in queues.values {
            settled.formUnion(queue.taken)
            rejections.merge(queue.rejections) { $1 }
        }
        let (opened, carried) = try await offPool { [settled, rejections] in
            var carried = PayloadStore.Adopted()
            for store in old { carried.add(try fresh.adopt(from: store, except: settled, rejections: rejections)) }
            // An old database's last connection removes the log by its name, which may be the new one's: that is closed
            // meanwhile, and has no log.
            try fresh.close()
            for store in old { try store.close() }
            return (try PayloadStore(path: path), carried)
        }
        abandoned = []
        for identity in queues.keys {
            queues[identity]?.taken.formIntersection(carried.settled)
            queues[identity]?.rejections = [:]
            for (old, new) in carried.renumbered { queues[identity]?.renumber(old, new) }
        }
        report(.stateReplaced(path: path, reason: whyAbandoned, carried: carried.payloads))
        return opened
    }

    /// Closes a database, after what other queues are doing with it.
    func close(_ left: PayloadStore) async {
        do { try await offPool { try left.close() } } catch { report(.diskFailed(reason: "\(error)")) }
    }

    /// The queues that publishers serve.
    var known: Set<String> { Set(queues.values.filter(\.isDurable).map(\.publisher.identity)) }
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
        guard let store else { return }
        do {
            guard try await store.version(lockedBy: lock?.place) != countedVersion else { return }
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
        if let replaced = error as? StateFiles.Replaced { return await leave(failing, replaced) }
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
        // Another process's lock, or a lack of memory, says nothing about the disk.
        guard ContinuousClock.now - since > .seconds(30), DiskFault.isUnreadable(error) else { return }
        await replace(failing, at: path, from: error)
    }

    /// A read was answered.
    func canRead() {
        unreadableSince = nil
    }

    private func replace(_ failing: PayloadStore, at path: String, from error: any Error) async {
        store = nil
        // What is saved is older than memory, which waits for it as for a disk that cannot be read.
        unreadableSince = unreadableSince ?? .now
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
        failsByHanging = false
        let free = DiskFault.isFull(error) ? store?.free.map { ", \($0 >> 10) KiB are free there" } ?? "" : ""
        let reason = withMemory("\(path ?? "the disk"): \(error)\(free)")
        report(isDiskFailing ? .diskFailureLasts(reason: reason) : .diskFailed(reason: reason))
        isDiskFailing = true
    }

    /// A reason with how long memory lasts at the present rate.
    func withMemory(_ reason: String) -> String {
        guard let first = arrivals.first, let last = arrivals.last, last.at > first.at else { return reason }
        let bytes = arrivals.dropFirst().reduce(0) { $0 + $1.bytes }
        let fullest = queues.values.filter(\.isDurable).map(\.memoryBytes).max() ?? 0
        let count = max(1, queues.values.count(where: \.isDurable))
        guard bytes > 0 else { return reason }
        let perSecond = Double(bytes) / Double(count) / ((last.at - first.at) / .seconds(1))
        let left = Double(max(0, limits.maxMemoryBytes - fullest)) / perSecond
        return "\(reason); memory lasts \(PlainFigure.duration(seconds: left)) at the present rate"
    }
}

extension PayloadQueue {
    /// Whether something of it is to be written to the disk.
    fileprivate var isFlushDue: Bool { !settled.isEmpty || isDurable && hasMemory }

    fileprivate var hasMemory: Bool { !memory.isEmpty || !rejected.isEmpty }
}
