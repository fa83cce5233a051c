import Telemetry

// What is kept within bounds, and told of what is lost.
extension Outbox {
    func enforceLimits(_ identity: String) async {
        enforceMemoryLimit(identity)
        guard let store, let queue = queues[identity], queue.isDurable else { return }
        do {
            let excess = queue.disk.bytes - limits.maxBytes
            let cutoff = waitingTime.look(wall: now(), monotonic: monotonic())
            let isOld = if let cutoff, let since = queue.diskSince { since < cutoff.olderThan } else { false }
            if excess > 0 || isOld {
                // What is first on disk may be dropped, and nobody could tell that it has begun to be sent: delivery waits.
                queues[identity]?.drops += 1
                defer {
                    queues[identity]?.drops -= 1
                    signals[identity]?.yield()
                }
                let spared = queue.passedOver.union(queue.inFlight.map { [$0] } ?? [])
                if let drop = try await store.drop(
                    identity, freeing: excess, olderThan: cutoff, sparing: spared, sparesOldest: queue.isChoosing)
                {
                    queues[identity]?.diskLost(drop.dropped.contents)
                    note(drop.dropped, of: identity, why: drop.isForSpace ? .bytes : .age)
                }
            }
            if let drop = try await store.dropQuarantined(
                identity, freeing: queue.aside.bytes - limits.maxBytes)
            {
                queues[identity]?.diskForgot(drop.contents)
                note(drop, of: identity, why: .quarantine)
            }
        } catch {
            await failed(error, of: store)
        }
    }

    func enforceMemoryLimit(_ identity: String) {
        while let queue = queues[identity], queue.memoryBytes > limits.maxMemoryBytes,
            let drop = queues[identity]?.dropOldestInMemory()
        {
            note(drop, of: identity, why: .memory)
        }
    }

    /// The limits of queues that no publisher serves, which nobody hands anything over to.
    func enforceOrphanLimits() async {
        guard let store, !orphans.isEmpty else { return }
        let cutoff = waitingTime.look(wall: now(), monotonic: monotonic())
        var hasDropped = false
        do {
            for (identity, contents) in orphans {
                let excess = contents.waiting.bytes - limits.maxBytes
                let isOld = if let cutoff, let since = contents.since { since < cutoff.olderThan } else { false }
                guard excess > 0 || isOld else { continue }
                if let drop = try await store.drop(
                    identity, freeing: excess, olderThan: cutoff, sparing: [], sparesOldest: false)
                {
                    hasDropped = true
                    report(.droppingBegan(queue: identity, why: drop.isForSpace ? .bytes : .age))
                    report(.dropped(queue: identity, drop.dropped))
                }
            }
            if hasDropped { await count() }
        } catch {
            await failed(error, of: store)
        }
    }

    func note(_ drop: DroppedPayloads, of identity: String, why: OutboxEvent.DropReason) {
        let isNew = queues[identity]?.dropping == nil
        queues[identity]?.note(drop, why: why, at: monotonic())
        guard let episode = queues[identity]?.dropping else { return }
        report(
            isNew
                ? .droppingBegan(queue: identity, why: why)
                : .droppingLasts(queue: identity, why: why, samples: episode.dropped.contents.samples))
    }

    /// Losses are over when nothing was dropped for a while, and for more than two polls, and the queue is well below its
    /// limits. A delivery proves nothing: the next poll may cost as much again.
    func endDroppingIfCalm(_ identity: String) {
        guard let queue = queues[identity], let episode = queue.dropping else { return }
        let calm = max(limits.calm, (queue.handedOver?.interval ?? .zero) * 2.5)
        guard monotonic() - episode.last > calm, queue.memoryBytes < limits.maxMemoryBytes / 10 * 9 else { return }
        let held = episode.why == .quarantine ? queue.aside.bytes : queue.disk.bytes
        guard !queue.isDurable || held <= limits.maxBytes / 10 * 9 else { return }
        endDropping(identity)
    }

    func endDropping(_ identity: String) {
        guard let episode = queues[identity]?.dropping else { return }
        queues[identity]?.dropping = nil
        report(.dropped(queue: identity, episode.dropped))
    }
}

extension OutboxEvent {
    fileprivate static func dropped(queue: String, _ drop: DroppedPayloads) -> OutboxEvent {
        .dropped(queue: queue, samples: drop.contents.samples, first: drop.first, last: drop.last)
    }
}
