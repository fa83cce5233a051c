import Telemetry

// What is handed over, written to the disk, and kept within bounds.
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
    func flush() async {
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
    func writeMemory() async {
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
    func removeDelivered() async {
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
    func reopen() async {
        guard let path, store == nil else { return }
        do {
            store = try await Self.openStore(path, now: now, report: report)
            await load()
        } catch {
            diskFails(error)
        }
    }

    /// A store gave an error: a damaged database is replaced, anything else is waited out.
    func failed(_ error: any Error, of failing: PayloadStore) async {
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

    func recover(_ failing: PayloadStore, at path: String, from error: any Error) async {
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

    func diskFails(_ error: any Error) {
        if !isDiskFailing { report(.diskFailed(reason: "\(error)")) }
        isDiskFailing = true
    }

    func enforceLimits(_ identity: String) async {
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

    func note(_ drop: PayloadStore.Dropped, of identity: String, why: OutboxEvent.DropReason) {
        if queues[identity]?.dropping == nil { report(.droppingBegan(queue: identity, why: why)) }
        queues[identity]?.note(drop)
    }
}
