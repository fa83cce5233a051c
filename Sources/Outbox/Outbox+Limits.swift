import Telemetry

// What is kept within bounds, and told of what is lost.
extension Outbox {
    func enforceLimits(_ identity: String) async {
        enforceMemoryLimit(identity)
        guard let store, let queue = queues[identity], queue.isDurable else { return }
        do {
            let excess = queue.disk.bytes - limits.maxBytes
            let oldest = limits.oldest(at: now())
            let isOld = if let oldest, let since = queue.diskSince { since < oldest } else { false }
            if excess > 0 || isOld {
                // What is first on disk may be dropped, and nobody could tell that it has begun to be sent: delivery waits.
                queues[identity]?.drops += 1
                defer {
                    queues[identity]?.drops -= 1
                    signals[identity]?.yield()
                }
                let spared = queue.settled.union(queue.inFlight.map { [$0] } ?? [])
                if let drop = try await store.drop(
                    identity, freeing: excess, olderThan: oldest, sparing: spared, sparesOldest: queue.isChoosing)
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

    private func enforceMemoryLimit(_ identity: String) {
        while let queue = queues[identity], queue.memoryBytes > limits.maxMemoryBytes,
            let drop = queues[identity]?.dropOldestInMemory()
        {
            note(drop, of: identity, why: .memory)
        }
    }

    /// The limits of queues that no publisher serves, which nobody hands anything over to.
    func enforceOrphanLimits() async {
        guard let store else { return }
        var hasDropped = false
        do {
            for (identity, contents) in orphans {
                if let drop = try await store.drop(
                    identity, freeing: contents.waiting.bytes - limits.maxBytes,
                    olderThan: limits.oldest(at: now()), sparing: [], sparesOldest: false)
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
        if queues[identity]?.dropping == nil { report(.droppingBegan(queue: identity, why: why)) }
        queues[identity]?.note(drop)
    }

    func endDropping(_ identity: String) {
        guard let episode = queues[identity]?.dropping else { return }
        queues[identity]?.dropping = nil
        report(.dropped(queue: identity, episode))
    }
}

extension OutboxEvent {
    fileprivate static func dropped(queue: String, _ drop: DroppedPayloads) -> OutboxEvent {
        .dropped(queue: queue, samples: drop.contents.samples, first: drop.first, last: drop.last)
    }
}
