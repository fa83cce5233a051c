import Telemetry

// What is delivered, queue by queue.
extension Outbox {
    /// Delivers one queue until the outbox stops.
    func deliver(_ identity: String, woken: AsyncStream<Void>) async {
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
    func next(_ identity: String) async -> StoredPayload? {
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
    func settle(_ identity: String, _ stored: StoredPayload) async {
        guard stored.id > 0 else {
            queues[identity]?.removeFromMemory(stored.id)
            return
        }
        queues[identity]?.deliveredThrough = stored.position
        queues[identity]?.disk -= QueueContents(stored.payload)
        queues[identity]?.isRemovalDue = true
        await removeDelivered()
    }

    func replace(_ identity: String, _ stored: StoredPayload, with halves: (Payload, Payload)) async {
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
    func quarantine(_ identity: String, _ stored: StoredPayload, reason: String) async -> Bool {
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

    func endDropping(_ identity: String) {
        guard let episode = queues[identity]?.dropping else { return }
        queues[identity]?.dropping = nil
        report(
            .dropped(
                queue: identity, samples: episode.contents.samples, first: episode.first, last: episode.last))
    }

    func sleep(_ identity: String, for duration: Duration) async {
        let sleeper = Task { do { try await Task.sleep(for: duration) } catch {} }
        sleepers[identity] = sleeper
        await sleeper.value
        sleepers[identity] = nil
    }
}
