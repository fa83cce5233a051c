import Telemetry

/// One publisher's queue as the outbox knows it: what is on disk, what had to stay in memory, and its counters.
/// Memory is always newer than the disk.
struct PayloadQueue {
    let publisher: any Publisher
    /// Whether payloads go to the disk at all.
    let isDurable: Bool

    /// What is on disk. For the counters: whether anything is there, the disk alone knows.
    var disk = QueueContents()
    /// Changes with every change of `disk`, so that a count that was begun before it is known to be old.
    private(set) var diskChanges = 0
    /// Whether the disk was found to hold nothing, and has got nothing since.
    private(set) var isDiskEmpty = false
    /// The newest sample of no payload on disk was taken before this; `nil` if nothing is there.
    private(set) var diskSince: Timestamp?
    /// The oldest payload on disk, if that is known without a look at the disk.
    private var first: First?
    /// How many drops from the disk are under way.
    var drops = 0
    /// Rows on disk that the receiver has taken, though they could not be removed yet.
    var taken: Set<Int64> = []
    /// Rows on disk that are to be quarantined, though the disk has not taken that yet.
    var rejections: [Int64: Rejection] = [:]
    /// Whether the oldest payload on disk is being read, to be sent.
    var isChoosing = false

    private(set) var memory: [StoredPayload] = [] {
        didSet { original = nil }
    }
    private(set) var memoryBytes = 0
    private var nextMemoryID: Int64 = -1
    /// The only payload in memory, as it was before it was packed.
    private var original: (id: Int64, payload: Payload)?
    /// What was rejected while the disk took nothing; older than `memory`.
    private(set) var rejected: [QuarantinedPayload] = []
    /// Memory is being written to the disk.
    private(set) var writing: Writing?
    /// What is under way has another number now: its row's, as it was written meanwhile.
    private var renumbered: (from: Int64, to: Int64)?
    /// Whether rejected payloads or the receiver are to blame.
    var suspicion: Suspicion

    /// The payload that is under way.
    var inFlight: Int64?
    /// When the oldest sample was taken of the payload that was, or is to be, sent last.
    var oldest: Timestamp?
    var delivered = 0
    var attempts = 0
    /// When the last attempt began.
    var lastAttempt: Timestamp?
    /// When the next attempt is due, by the monotonic clock; `nil` if the queue waits for nothing but payloads.
    var nextAttempt: ContinuousClock.Instant?
    /// What the disk holds that was quarantined.
    private(set) var aside = QueueContents()
    var dropped = QueueContents()
    var lastError: String?
    var dropping: Losses?
    /// When payloads were handed over last, and how long after those before.
    private(set) var handedOver: (at: Duration, interval: Duration)?

    /// An episode of losses.
    struct Losses {
        var dropped: DroppedPayloads
        let why: OutboxEvent.DropReason
        /// When something was dropped last, by the monotonic clock.
        var last: Duration
    }

    /// A write of what is in memory.
    struct Writing {
        /// How many of `rejected` are written.
        let rejected: Int
        /// The disk has not answered in time: memory is served as if nothing were written.
        var isLate = false
    }

    init(publisher: any Publisher, isDurable: Bool, rejectionsInARow: Int?) {
        suspicion = Suspicion(limit: rejectionsInARow)
        self.publisher = publisher
        self.isDurable = isDurable
    }

    /// Why and when a payload was quarantined.
    struct Rejection {
        let contents: QueueContents
        let reason: String
        let at: Timestamp
    }

    /// The oldest payload on disk.
    private struct First {
        let stored: StoredPayload
        /// As it was before it was packed, if it has just been written.
        let payload: Payload?
        /// `diskChanges` when it was the oldest.
        let changes: Int
    }

    /// Rows on disk that are not to be sent any more.
    var settled: Set<Int64> { rejections.isEmpty ? taken : taken.union(rejections.keys) }

    /// Rows on disk that are not to be sent now.
    var passedOver: Set<Int64> { suspicion.suspects.isEmpty ? settled : settled.union(suspicion.passedOver) }

    /// Whether memory is being written, and nobody may take anything from it.
    var isBeingWritten: Bool { writing.map { !$0.isLate } ?? false }

    /// The oldest payload in memory that may be sent.
    var firstInMemory: StoredPayload? {
        guard !suspicion.suspects.isEmpty else { return memory.first }
        let suspects = suspicion.passedOver
        return memory.first { !suspects.contains($0.id) }
    }

    /// Everything that was quarantined.
    var quarantined: QueueContents {
        let pending = rejections.values.reduce(aside) { $0 + $1.contents }
        return rejected.reduce(pending) { $0 + QueueContents($1.packed) }
    }

    /// Everything that waits.
    var waiting: QueueContents { memory.reduce(disk) { $0 + QueueContents($1.packed) } }

    /// Whether the payload under way is one of those in memory.
    var isMemoryInFlight: Bool { inFlight.map { $0 < 0 } ?? false }
}

extension PayloadQueue {
    /// The disk has got, or may have got, so much more.
    mutating func diskGained(_ contents: QueueContents) {
        disk += contents
        diskChanges += 1
        isDiskEmpty = false
    }

    /// The disk has got, or may have got, payloads of that age.
    mutating func diskMayHold(_ payloads: [PackedPayload]) {
        for payload in payloads { diskSince = min(diskSince ?? payload.last, payload.last) }
    }

    /// The disk has lost so much.
    mutating func diskLost(_ contents: QueueContents) {
        disk -= contents
        diskChanges += 1
    }

    /// The disk was counted.
    mutating func diskHolds(_ contents: PayloadStore.Contents) {
        disk = contents.waiting
        aside = contents.quarantined
        isDiskEmpty = false
        diskChanges += 1
        diskSince = contents.since
        first = nil
    }

    /// The disk has put a payload aside.
    mutating func diskRejected(_ id: Int64) {
        guard let rejection = rejections.removeValue(forKey: id) else { return }
        aside += rejection.contents
        diskChanges += 1
    }

    /// The disk holds so much less of what was quarantined.
    mutating func diskForgot(_ contents: QueueContents) {
        aside -= contents
        diskChanges += 1
    }

    /// The disk was found to begin with that, or to hold nothing, when it had changed so many times.
    mutating func diskBeginsWith(_ stored: StoredPayload?, after changes: Int) {
        guard changes == diskChanges else { return }
        if let stored {
            // Another queue's removal may tell of it late.
            if stored.id != inFlight { first = First(stored: stored, payload: nil, changes: changes) }
            return
        }
        guard suspicion.suspects.isEmpty else { return }
        isDiskEmpty = true
        diskSince = nil
        if settled.isEmpty { disk = QueueContents() }
    }
}

extension PayloadQueue {
    /// Keeps a payload in memory, behind all others.
    mutating func keep(_ payload: PackedPayload, madeFrom original: Payload) {
        let isAlone = isDurable && memory.isEmpty
        memory.append(StoredPayload(id: nextMemoryID, position: 0, packed: payload))
        self.original = isAlone ? (nextMemoryID, original) : nil
        nextMemoryID -= 1
        memoryBytes += payload.frame.count
    }

    /// The oldest payload on disk without a look at the disk, if that is known and it is intact. Only once: one that was
    /// not delivered is no reason to keep it in memory.
    mutating func takeFirst() -> (stored: StoredPayload, payload: Payload)? {
        defer { first = nil }
        guard let first, first.changes == diskChanges, !passedOver.contains(first.stored.id) else { return nil }
        if let payload = first.payload { return (first.stored, payload) }
        do {
            return (first.stored, try first.stored.packed.unpacked())
        } catch {
            // Whoever reads it from the disk gets the same error, and deals with it.
            return nil
        }
    }

    /// Drops the oldest payload in memory that is not under way.
    mutating func dropOldestInMemory() -> DroppedPayloads? {
        guard !isBeingWritten else { return nil }
        // Those that a late write has begun with leave memory when it ends.
        let firstRejected = writing?.rejected ?? 0
        if rejected.count > firstRejected {
            let payload = rejected.remove(at: firstRejected).packed
            memoryBytes -= payload.frame.count
            return DroppedPayloads(payload)
        }
        guard let index = memory.firstIndex(where: { $0.id != inFlight }) else { return nil }
        let stored = memory.remove(at: index)
        suspicion.forget(stored.id)
        memoryBytes -= stored.packed.frame.count
        return DroppedPayloads(stored.packed)
    }

    /// Takes a payload out of memory.
    mutating func removeFromMemory(_ id: Int64) {
        guard let index = memory.firstIndex(where: { $0.id == id }) else { return }
        memoryBytes -= memory.remove(at: index).packed.frame.count
    }

    /// Puts a payload in memory into quarantine, to be written to the disk when that takes it.
    mutating func rejectInMemory(_ id: Int64, reason: String, at now: Timestamp) {
        guard let index = memory.firstIndex(where: { $0.id == id }) else { return }
        rejected.append(QuarantinedPayload(packed: memory.remove(at: index).packed, at: now, reason: reason))
    }

    /// Puts halves in the place of a payload in memory.
    mutating func replaceInMemory(_ id: Int64, with halves: (PackedPayload, PackedPayload)) {
        guard let index = memory.firstIndex(where: { $0.id == id }) else { return }
        memoryBytes += halves.0.frame.count + halves.1.frame.count - memory[index].packed.frame.count
        memory[index] = StoredPayload(id: nextMemoryID, position: 0, packed: halves.0)
        memory.insert(StoredPayload(id: nextMemoryID - 1, position: 0, packed: halves.1), at: index + 1)
        nextMemoryID -= 2
    }

    /// Payloads that were passed over stand in the queue again.
    mutating func looksAgain() {
        first = nil
        isDiskEmpty = false
        diskChanges += 1
    }

    /// The disk is another one.
    mutating func diskWasReplaced() {
        first = nil
        isDiskEmpty = false
        diskChanges += 1
    }

    /// What memory holds is not written to the disk now.
    mutating func memoryStays() {
        original = nil
    }

    /// Memory begins to be written.
    mutating func beginWriting() {
        writing = Writing(rejected: rejected.count)
    }

    /// The write does not end in time.
    mutating func writeIsLate() {
        writing?.isLate = true
        memoryStays()
    }

    /// The write has ended, well or not.
    mutating func endWriting() {
        writing = nil
    }

    /// What memory held at some moment was written to the disk, in rows from this one on. `isOurs`: the disk holds nothing
    /// that we do not know of.
    mutating func memoryWasWritten(_ written: PayloadQueue, from row: Int64, isOurs: Bool) {
        let isLate = writing?.isLate ?? false
        let rejections = written.rejected.reduce(QueueContents()) { $0 + QueueContents($1.packed) }
        let wasEmpty = isDiskEmpty && written.isDiskEmpty && diskChanges == written.diskChanges && !isLate
        var onDisk: [PackedPayload] = []
        if isLate {
            for (index, stored) in written.memory.enumerated() {
                let number = row + Int64(index)
                guard memory.contains(where: { $0.id == stored.id }) else {
                    // Delivered, dropped or divided meanwhile.
                    taken.insert(number)
                    continue
                }
                removeFromMemory(stored.id)
                renumber(stored.id, number)
                onDisk.append(stored.packed)
            }
        } else {
            memory.removeFirst(written.memory.count)
            onDisk = written.memory.map(\.packed)
            memoryBytes -= onDisk.reduce(0) { $0 + $1.frame.count }
            if !suspicion.suspects.isEmpty {
                for (index, stored) in written.memory.enumerated() { suspicion.renumber(stored.id, row + Int64(index)) }
            }
        }
        rejected.removeFirst(written.rejected.count)
        memoryBytes -= rejections.bytes
        aside += rejections
        diskGained(onDisk.reduce(QueueContents()) { $0 + QueueContents($1) })
        diskMayHold(onDisk)
        guard let oldest = written.memory.first else { return }
        if wasEmpty, isOurs, suspicion.suspects.isEmpty, let original = written.original, original.id == oldest.id {
            first = First(
                stored: StoredPayload(id: row, position: PayloadStore.position(of: row), packed: oldest.packed),
                payload: original.payload, changes: diskChanges)
        }
    }

    /// A payload, perhaps the one under way, has another number now.
    mutating func renumber(_ old: Int64, _ new: Int64) {
        suspicion.renumber(old, new)
        guard inFlight == old else { return }
        inFlight = new
        renumbered = (old, new)
    }

    /// A payload that was taken from the queue, as it is numbered now.
    func current(_ stored: StoredPayload) -> StoredPayload {
        guard let renumbered, renumbered.from == stored.id else { return stored }
        return StoredPayload(
            id: renumbered.to, position: PayloadStore.position(of: renumbered.to), packed: stored.packed)
    }

    /// Nothing is under way.
    mutating func attemptEnds() {
        inFlight = nil
        renumbered = nil
    }

    /// Payloads were handed over.
    mutating func wasHandedOver(at now: Duration) {
        handedOver = (now, handedOver.map { now - $0.at } ?? .zero)
    }

    /// So much was dropped.
    mutating func note(_ drop: DroppedPayloads, why: OutboxEvent.DropReason, at now: Duration) {
        dropped += drop.contents
        if dropping == nil { dropping = Losses(dropped: drop, why: why, last: now) } else { dropping?.dropped += drop }
        dropping?.last = now
    }
}
