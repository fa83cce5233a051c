import Telemetry
import Threads

// What has been decided about payloads on disk, and must be told to the disk, which may not take that now.
extension Outbox {
    /// The receiver took a payload.
    func settle(_ identity: String, _ stored: StoredPayload) async {
        let stored = queues[identity]?.current(stored) ?? stored
        guard stored.id > 0 else {
            queues[identity]?.removeFromMemory(stored.id)
            return
        }
        queues[identity]?.diskLost(QueueContents(stored.packed))
        queues[identity]?.taken.insert(stored.id)
        await onDisk { outbox in
            await outbox.settleOnDisk()
            guard outbox.queues[identity]?.taken.contains(stored.id) == true, let journal = outbox.journal else {
                return
            }
            // Without room in it the payload is sent again if the agent dies before the disk is mended.
            _ = await offPool { journal.add(stored.id) }
        }
    }

    /// Removes what receivers took, and quarantines what they refused, as far as the disk takes that.
    func settleOnDisk() async {
        guard let store else { return }
        do {
            if !departed.isEmpty {
                let rows = departed
                try await store.remove(rows)
                departed.subtract(rows)
            }
            for (identity, queue) in queues where !queue.settled.isEmpty {
                if !queue.taken.isEmpty {
                    let head = try await store.remove(
                        queue.taken, headOf: identity, except: queue.passedOver.union(departed))
                    queues[identity]?.taken.subtract(queue.taken)
                    if let head {
                        // If nothing is left, no other read will tell that the disk can be read.
                        canRead()
                        // What an operator has changed is found out by the next look.
                        if head.payload == nil || head.version == countedVersion {
                            queues[identity]?.diskBeginsWith(head.payload, after: queue.diskChanges)
                        }
                    }
                }
                for (id, rejection) in queue.rejections.sorted(by: { $0.key < $1.key }) {
                    try await store.quarantine(id, reason: rejection.reason, at: rejection.at)
                    queues[identity]?.diskRejected(id)
                }
            }
        } catch {
            await failed(error, of: store)
            return
        }
        await clearJournal()
    }

    /// Opens the journal, and takes from it what an earlier run could not remove.
    func openJournal() async {
        guard journal == nil, store != nil, let directory else { return }
        do {
            let opened = try await offPool {
                let journal = try DeliveryJournal(directory: directory)
                return (journal, journal.rows())
            }
            journal = opened.0
            departed.formUnion(opened.1)
            hasOldEntries = !opened.1.isEmpty
        } catch {
            // A full disk: the next load tries again.
            diskFails(error)
        }
    }

    /// What is in the journal has been removed.
    private func clearJournal() async {
        guard let journal, departed.isEmpty, queues.values.allSatisfy(\.taken.isEmpty) else { return }
        guard !journal.isEmpty || hasOldEntries else { return }
        if await offPool({ journal.clear() }) { hasOldEntries = false }
    }
}
