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
        var isFirst = true
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
            queues[identity]?.lastAttempt = now()
            let delivery = await publisher.deliver(payload)
            queues[identity]?.attempts += 1
            var wait: Duration?
            switch delivery {
            case .delivered:
                await settle(identity, stored)
                queues[identity]?.delivered += 1
                hasDelivered = true
                if isFirst { report(.firstDelivery(queue: identity, samples: payload.samples)) }
                isFirst = false
                if failures > 0 { report(.outageEnded(queue: identity, attempts: failures)) }
                endDroppingIfCalm(identity)
                failures = 0
                backoff.succeed()
                queues[identity]?.lastError = nil
                if queues[identity]?.suspicion.suspects.isEmpty == false {
                    let bad = queues[identity]?.suspicion.accepts() ?? []
                    queues[identity]?.looksAgain()
                    for suspect in bad { await quarantine(identity, suspect) }
                } else {
                    _ = queues[identity]?.suspicion.accepts()
                }
            case .retry(let wish, let reason):
                if Task.isCancelled { break }
                failures += 1
                report(
                    failures == 1
                        ? .outageBegan(queue: identity, reason: reason) : .outageLasts(queue: identity, reason: reason))
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
                } else if await rejects(identity, stored, reason: reason) {
                    failures += 1
                    wait = backoff.waitAfterRefusal(fraction: random())
                }
            case .divided(let first, let second, let reason):
                if first.samples > 0, second.samples > 0, first.samples + second.samples == payload.samples {
                    await replace(identity, stored, with: (PackedPayload(first), PackedPayload(second)))
                } else if await rejects(identity, stored, reason: reason) {
                    // Parts that do not make up the whole would lose samples, or be divided for ever.
                    failures += 1
                    wait = backoff.waitAfterRefusal(fraction: random())
                }
            case .rejected(let reason):
                if await rejects(identity, stored, reason: reason) {
                    failures += 1
                    wait = backoff.waitAfterRefusal(fraction: random())
                }
            }
            queues[identity]?.attemptEnds()
            if let wait {
                if isStopping { return }
                await flush()
                await sleep(identity, for: wait)
                await onDisk { await $0.enforceLimits(identity) }
            }
            await flush()
        }
    }

    /// A receiver has rejected a payload. Whether it takes nothing at all, and is to be left alone for a while.
    private func rejects(_ identity: String, _ stored: StoredPayload, reason: String) async -> Bool {
        let stored = queues[identity]?.current(stored) ?? stored
        let suspect = Suspicion.Suspect(id: stored.id, contents: QueueContents(stored.packed), reason: reason)
        queues[identity]?.lastError = reason
        switch queues[identity]?.suspicion.rejects(suspect) {
        case .quarantine, nil:
            await quarantine(identity, suspect)
            return false
        case .open:
            return false
        case .receiverRefuses(let count):
            queues[identity]?.looksAgain()
            report(
                .refused(
                    queue: identity,
                    reason: "\(reason); the receiver refused all of the last \(count) payloads, so none is quarantined")
            )
            return true
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
        guard queue.drops == 0 || isHanging else { return .dropping }
        if queue.isDurable, store != nil, queue.drops == 0, let first = queues[identity]?.takeFirst() {
            begin(identity, first.stored)
            return .payload(first.stored, first.payload)
        }
        if queue.isDurable, let store, !queue.isDiskEmpty {
            queues[identity]?.isChoosing = true
            defer { queues[identity]?.isChoosing = false }
            let passedOver = queue.passedOver.union(departed)
            let found = await onDisk { _ in
                do {
                    return Result<PayloadStore.Head, any Error>.success(
                        try await store.head(identity, except: passedOver))
                } catch {
                    return .failure(error)
                }
            }
            do {
                if let head = try found?.get() {
                    canRead()
                    if head.version != countedVersion, store === self.store { await onDisk { await $0.changed() } }
                    if let stored = head.payload {
                        let payload = try stored.packed.unpacked()
                        begin(identity, stored)
                        return .payload(stored, payload)
                    }
                    queues[identity]?.diskBeginsWith(nil, after: queue.diskChanges)
                } else if !mayOvertake(identity) {
                    return .unreadable
                }
            } catch {
                await onDisk { await $0.failedReading(error, of: store) }
                if store !== self.store {
                    // What was saved of the damaged database is older than memory.
                    signals[identity]?.yield()
                    return .nothing
                }
                guard mayOvertake(identity) else { return .unreadable }
            }
        } else if queue.isDurable, store == nil, let path {
            // There may be something older on a disk that cannot be opened, or could be opened meanwhile.
            if isHanging || !abandoned.isEmpty {
                guard mayOvertake(identity) else { return .unreadable }
            } else {
                let isThere =
                    await onDisk { _ in await offPool { FileManager.default.fileExists(atPath: path) } } ?? true
                if store != nil || isThere && !mayOvertake(identity) { return .unreadable }
            }
        }
        // What is in memory goes to the disk first, unless that fails.
        guard !queue.isDurable || isDiskFailing, queues[identity]?.isBeingWritten == false,
            let stored = queues[identity]?.firstInMemory
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
        guard let queue = queues[identity], let since = unreadableSince ?? hangingSince else { return true }
        // By our count there is nothing older on a disk that does not answer.
        if unreadableSince == nil, store != nil, countedVersion != nil, queue.disk.payloads == 0 { return true }
        return ContinuousClock.now - since > limits.patience
            || queue.memoryBytes > limits.maxMemoryBytes / 2
    }

    private func replace(
        _ identity: String, _ stored: StoredPayload, with halves: (PackedPayload, PackedPayload)
    ) async {
        let stored = queues[identity]?.current(stored) ?? stored
        guard stored.id > 0 else {
            queues[identity]?.replaceInMemory(stored.id, with: halves)
            return
        }
        let isDone = await onDisk { await $0.replaceOnDisk(identity, stored, with: halves) }
        if isDone != true { await sleep(identity, for: Backoff.base) }
    }

    private func replaceOnDisk(
        _ identity: String, _ stored: StoredPayload, with halves: (PackedPayload, PackedPayload)
    ) async -> Bool {
        guard let store else { return false }
        do {
            try await store.replace(stored, with: halves)
            queues[identity]?.diskLost(QueueContents(stored.packed))
            queues[identity]?.diskGained(QueueContents(halves.0) + QueueContents(halves.1))
            queues[identity]?.diskMayHold([halves.0, halves.1])
            return true
        } catch {
            await failed(error, of: store)
            return false
        }
    }

    /// Puts a payload into quarantine.
    private func quarantine(_ identity: String, _ suspect: Suspicion.Suspect) async {
        if suspect.id > 0 {
            queues[identity]?.diskLost(suspect.contents)
            queues[identity]?.rejections[suspect.id] = PayloadQueue.Rejection(
                contents: suspect.contents, reason: suspect.reason, at: now())
        } else {
            queues[identity]?.rejectInMemory(suspect.id, reason: suspect.reason, at: now())
        }
        await onDisk { await $0.settleOnDisk() }
        report(.quarantined(queue: identity, samples: suspect.contents.samples, reason: suspect.reason))
        await onDisk { await $0.enforceLimits(identity) }
    }

    /// Waits before a queue's next attempt, unless it is told to try at once.
    private func sleep(_ identity: String, for duration: Duration) async {
        let sleeper = Task { do { try await TaskThread.agent.sleep(for: duration) } catch {} }
        sleepers[identity] = sleeper
        queues[identity]?.nextAttempt = .now + duration
        await sleeper.value
        queues[identity]?.nextAttempt = nil
        sleepers[identity] = nil
    }
}

extension Outbox {
    /// Tries queues that wait for their receivers at once: one, or all of them. How many waited; `nil` if there is no such
    /// queue.
    func retryNow(_ identity: String?) -> Int? {
        if let identity, queues[identity] == nil { return nil }
        let due = sleepers.filter { identity == nil || $0.key == identity }
        for sleeper in due.values { sleeper.cancel() }
        return due.count
    }

    /// Answers `aerostat outbox retry --now` from now on.
    func serveRequests(at lock: StateLock) {
        lock.claim.serve { [weak self] request in await self?.answer(request) }
    }

    private func answer(_ request: String) -> String? {
        let words = request.split(separator: " ", maxSplits: 1).map(String.init)
        guard words.first == "retry-now" else { return nil }
        return retryNow(words.count > 1 ? words[1] : nil).map { "\($0)" }
    }
}
