import Telemetry

/// One publisher's queue as the outbox knows it: what is on disk, what had to stay in memory, and its counters.
/// Memory is always newer than the disk.
struct PayloadQueue {
    let publisher: any Publisher
    /// Whether payloads go to the disk at all.
    let isDurable: Bool
    /// What is on disk.
    var disk = QueueContents()
    /// Up to where payloads on disk were taken by the receiver, though they could not be removed yet.
    var deliveredThrough = -Double.infinity
    /// Whether there are such payloads.
    var isRemovalDue = false
    private(set) var memory: [StoredPayload] = []
    private(set) var memoryBytes = 0
    private var nextMemoryID: Int64 = -1

    /// The payload that is under way.
    var inFlight: Int64?
    var delivered = 0
    var attempts = 0
    var quarantined = 0
    var dropped = QueueContents()
    var lastError: String?
    var dropping: PayloadStore.Dropped?

    init(publisher: any Publisher, isDurable: Bool) {
        self.publisher = publisher
        self.isDurable = isDurable
    }

    /// Everything that waits.
    var waiting: QueueContents {
        QueueContents(
            payloads: disk.payloads + memory.count,
            samples: disk.samples + memory.reduce(0) { $0 + $1.payload.samples }, bytes: disk.bytes + memoryBytes)
    }

    /// Whether memory is being written to the disk, and nobody may take anything from it.
    var isBeingWritten = false

    /// Whether the payload under way is one of those in memory.
    var isMemoryInFlight: Bool { inFlight.map { $0 < 0 } ?? false }

    /// Keeps a payload in memory, behind all others.
    mutating func keep(_ payload: Payload) {
        memory.append(StoredPayload(id: nextMemoryID, position: 0, payload: payload))
        nextMemoryID -= 1
        memoryBytes += payload.body.count
    }

    /// Drops the oldest payload in memory that is not under way.
    mutating func dropOldestInMemory() -> PayloadStore.Dropped? {
        guard !isBeingWritten, let index = memory.firstIndex(where: { $0.id != inFlight }) else { return nil }
        let payload = memory.remove(at: index).payload
        memoryBytes -= payload.body.count
        return PayloadStore.Dropped(
            contents: QueueContents(payloads: 1, samples: payload.samples, bytes: payload.body.count),
            first: payload.first, last: payload.last)
    }

    /// Takes a payload out of memory.
    mutating func removeFromMemory(_ id: Int64) {
        guard let index = memory.firstIndex(where: { $0.id == id }) else { return }
        memoryBytes -= memory.remove(at: index).payload.body.count
    }

    /// Puts halves in the place of a payload in memory.
    mutating func replaceInMemory(_ id: Int64, with halves: (Payload, Payload)) {
        guard let index = memory.firstIndex(where: { $0.id == id }) else { return }
        memoryBytes += halves.0.body.count + halves.1.body.count - memory[index].payload.body.count
        memory[index] = StoredPayload(id: nextMemoryID, position: 0, payload: halves.0)
        memory.insert(StoredPayload(id: nextMemoryID - 1, position: 0, payload: halves.1), at: index + 1)
        nextMemoryID -= 2
    }

    /// Memory was written to the disk up to that payload.
    mutating func memoryWasWritten(through last: Int64?) {
        while let stored = memory.first {
            memory.removeFirst()
            memoryBytes -= stored.payload.body.count
            disk += QueueContents(stored.payload)
            if stored.id == last { break }
        }
    }

    /// So much was dropped.
    mutating func note(_ drop: PayloadStore.Dropped) {
        dropped += drop.contents
        if var episode = dropping {
            episode.contents += drop.contents
            episode.first = min(episode.first, drop.first)
            episode.last = max(episode.last, drop.last)
            dropping = episode
        } else {
            dropping = drop
        }
    }
}

extension QueueContents {
    static func += (a: inout QueueContents, b: QueueContents) {
        a.payloads += b.payloads
        a.samples += b.samples
        a.bytes += b.bytes
    }

    static func -= (a: inout QueueContents, b: QueueContents) {
        a.payloads = max(0, a.payloads - b.payloads)
        a.samples = max(0, a.samples - b.samples)
        a.bytes = max(0, a.bytes - b.bytes)
    }

    init(_ payload: Payload) {
        self.init(payloads: 1, samples: payload.samples, bytes: payload.body.count)
    }
}
