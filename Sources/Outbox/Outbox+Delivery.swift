import FoundationEssentials
import Telemetry
import Threads

// What is delivered, queue by queue.
extension Outbox {
    /// Delivers one queue until the outbox stops.
    func deliver(_ identity: String, woken: AsyncStream<Void>) async {
        guard let publisher = queues[identity]?.publisher else { return }
        var backoff = Backoff()
        var failures = 0
        var hasDelivered = false
        var wakeUps = woken.makeAsyncIterator()
        while !Task.isCancelled {
            let stored: StoredPayload
            let payload: Payload
            switch await next(identity) {
            case .payload(let found, let unpacked): (stored, payload) = (found, unpacked)
            case .nothing:
                if isStopping { return }
                if hasDelivered { drained() }
                hasDelivered = false
                _ = await wakeUps.next()
                continue
            case .dropping:
                _ = await wakeUps.next()
                continue
            case .unreadable:
                if isStopping { return }
                await sleep(identity, for: Backoff.base)
                await flush()
                continue
            }
            let delivery = await publisher.deliver(payload)
            queues[identity]?.attempts += 1
            var wait: Duration?
            switch delivery {
            case .delivered:
                await settle(identity, stored)
                queues[identity]?.delivered += 1
                hasDelivered = true
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
                if let halves = publisher.split(payload) {
                    await replace(identity, stored, with: (PackedPayload(halves.0), PackedPayload(halves.1)))
                } else {
                    await quarantine(identity, stored, reason: reason)
                }
            case .divided(let first, let second, let reason):
                if first.samples > 0, second.samples > 0, first.samples + second.samples == payload.samples {
                    await replace(identity, stored, with: (PackedPayload(first), PackedPayload(second)))
                } else {
                    // Parts that do not make up the whole would lose samples, or be divided for ever.
                    await quarantine(identity, stored, reason: reason)
                }
            case .rejected(let reason):
                await quarantine(identity, stored, reason: reason)
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

    /// What there is to send.
    private enum Next {
        /// It is under way from now on.
        case payload(StoredPayload, Payload)
        case nothing
        /// What is too much is being dropped, perhaps what would be sent; the queue is woken when that is done.
        case dropping
        /// The disk gives errors, and what is on it is older than what is in memory.
        case unreadable
    }

    /// The oldest payload of a queue.
    private func next(_ identity: String) async -> Next {
        guard let queue = queues[identity] else { return .nothing }
        guard queue.drops == 0 else { return .dropping }
        if queue.isDurable, store != nil, let first = queues[identity]?.takeFirst() {
            begin(identity, first.stored)
            return .payload(first.stored, first.payload)
        }
        if queue.isDurable, let store, !queue.isDiskEmpty {
            queues[identity]?.isChoosing = true
            defer { queues[identity]?.isChoosing = false }
            do {
                let head = try await store.head(identity, except: queue.settled.union(departed))
                canRead()
                if head.version != countedVersion, store === self.store { await changed() }
                if let stored = head.payload {
                    let payload = try stored.packed.unpacked()
                    begin(identity, stored)
                    return .payload(stored, payload)
                }
                queues[identity]?.diskBeginsWith(nil, after: queue.diskChanges)
            } catch {
                await failedReading(error, of: store)
                if store !== self.store {
                    // What was saved of the damaged database is older than memory.
                    signals[identity]?.yield()
                    return .nothing
                }
                guard mayOvertake(identity) else { return .unreadable }
            }
        } else if queue.isDurable, store == nil, let path {
            // There may be something older on a disk that cannot be opened, or could be opened meanwhile.
            let isThere = await offPool { FileManager.default.fileExists(atPath: path) }
            if store != nil || isThere && !mayOvertake(identity) { return .unreadable }
        }
        // What is in memory goes to the disk first, unless that fails.
        guard !queue.isDurable || isDiskFailing, queues[identity]?.isBeingWritten == false,
            let stored = queues[identity]?.memory.first
        else { return .nothing }
        do {
            let payload = try stored.packed.unpacked()
            queues[identity]?.memoryStays()
            begin(identity, stored)
            return .payload(stored, payload)
        } catch {
            // Only a fault of the machine's memory can do this.
            queues[identity]?.removeFromMemory(stored.id)
            note(DroppedPayloads(stored.packed), of: identity, why: .damage)
            return .nothing
        }
    }

    private func begin(_ identity: String, _ stored: StoredPayload) {
        queues[identity]?.inFlight = stored.id
        queues[identity]?.oldest = stored.packed.first
    }

    /// Whether what is in memory need not wait any more for what is on a disk that cannot be read: for ten seconds the
    /// order counts most, then that the receiver gets anything, and in any case that nothing is lost.
    private func mayOvertake(_ identity: String) -> Bool {
        guard let queue = queues[identity], let unreadableSince else { return true }
        return ContinuousClock.now - unreadableSince > limits.patience
            || queue.memoryBytes > limits.maxMemoryBytes / 2
    }

    func replace(
        _ identity: String, _ stored: StoredPayload, with halves: (PackedPayload, PackedPayload)
    ) async {
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
            queues[identity]?.diskLost(QueueContents(stored.packed))
            queues[identity]?.diskGained(QueueContents(halves.0) + QueueContents(halves.1))
            queues[identity]?.diskMayHold([halves.0, halves.1])
        } catch {
            await failed(error, of: store)
            await sleep(identity, for: Backoff.base)
        }
    }

    /// Puts a payload aside.
    func quarantine(_ identity: String, _ stored: StoredPayload, reason: String) async {
        if stored.id > 0 {
            queues[identity]?.diskLost(QueueContents(stored.packed))
            queues[identity]?.rejections[stored.id] = PayloadQueue.Rejection(
                contents: QueueContents(stored.packed), reason: reason, at: now())
        } else {
            queues[identity]?.rejectInMemory(stored, reason: reason, at: now())
        }
        queues[identity]?.lastError = reason
        await settleOnDisk()
        report(.quarantined(queue: identity, samples: stored.packed.samples, reason: reason))
        await enforceLimits(identity)
    }

    func sleep(_ identity: String, for duration: Duration) async {
        let sleeper = Task { do { try await TaskThread.agent.sleep(for: duration) } catch {} }
        sleepers[identity] = sleeper
        await sleeper.value
        sleepers[identity] = nil
    }
}
