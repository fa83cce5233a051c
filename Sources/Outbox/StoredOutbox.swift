import FoundationEssentials
import GRDB
import Glibc
public import Telemetry

/// An outbox on disk as an operator sees it, whether an agent is using it or not. What is changed here a running agent
/// notices with its next cycle or delivery.
///
/// Everything throws `OutboxError`, which tells the file, what is wrong and what can be done.
public struct StoredOutbox: Sendable {
    private let path: String
    private let store: PayloadStore

    /// The outbox in a state directory; `nil` if no agent has made one there yet. Throws if that cannot be told. Blocks.
    public init?(directory: String) throws(OutboxError) {
        path = Outbox.database(in: directory)
        let path = path
        // Root reads what another user wrote there, and must not be led elsewhere.
        try StateFiles.requireOrdinary(path)
        var status = stat()
        if stat(path, &status) != 0 {
            if errno == ENOTDIR {
                throw OutboxError(
                    .unusable, "\(directory) is no directory; set [aerostat] state_path to one, or give --state-path")
            }
            if errno == ENOENT { return nil }
            throw Self.refused(path, errno)
        }
        guard access(path, R_OK | W_OK) == 0 else { throw Self.refused(path, errno) }
        store = try Self.explained(path) { try PayloadStore(existing: path) }
    }

    private static func refused(_ path: String, _ number: Int32) -> OutboxError {
        let words = number == EACCES ? "permission denied" : String(cString: strerror(number))
        let directory = URL(filePath: path).deletingLastPathComponent().path
        return OutboxError(.unusable, "\(path): \(words); \(StateAccess.remedy(for: directory))")
    }

    /// Makes the agent that has a state directory try queues at once that wait for their receivers: one queue, or all. How
    /// many waited. Throws if no agent answers, or it has no such queue. Blocks for at most four seconds.
    public static func retryNow(_ queue: String?, in directory: String) throws(OutboxError) -> Int {
        let reply = try StateClaim.ask(directory, "retry-now" + (queue.map { " \($0)" } ?? ""))
        guard let count = Int(reply) else {
            throw OutboxError(
                .unknown, "the running agent has no queue \(queue ?? ""); aerostat outbox list shows the queues")
        }
        return count
    }

    /// A publisher's queue.
    public struct Queue: Sendable, Hashable {
        /// The publisher's identity: its URL without secrets and parameters.
        public let identity: String
        /// Payloads that wait.
        public let payloads: Int
        /// Samples in them.
        public let samples: Int
        /// Bytes that they take: compressed.
        public let bytes: Int
        /// When the oldest sample that waits was taken.
        public let oldest: Timestamp?
        /// Payloads that were refused, and are in quarantine.
        public let quarantined: Int
        /// Samples in them.
        public let quarantinedSamples: Int
    }

    /// A payload that its receiver will never take as it is.
    public struct Rejected: Sendable, Hashable {
        /// Its number.
        public let id: Int64
        /// Whose it is.
        public let queue: String
        /// When it was refused.
        public let at: Timestamp
        /// The receiver's answer.
        public let reason: String
        /// Samples in it.
        public let samples: Int
        /// When the oldest of them was taken.
        public let first: Timestamp
        /// When the newest of them was taken.
        public let last: Timestamp
    }

    /// The queues that hold anything, by identity.
    public func queues() async throws(OutboxError) -> [Queue] {
        let contents = try await explained { try await store.contents() }
        return contents.compactMap { identity, contents in
            guard contents.waiting.payloads > 0 || contents.quarantined.payloads > 0 else { return nil }
            return Queue(
                identity: identity, payloads: contents.waiting.payloads, samples: contents.waiting.samples,
                bytes: contents.waiting.bytes, oldest: contents.oldest,
                quarantined: contents.quarantined.payloads, quarantinedSamples: contents.quarantined.samples)
        }.sorted { $0.identity < $1.identity }
    }

    /// The payloads that were refused, in the order in which that happened.
    public func rejected() async throws(OutboxError) -> [Rejected] {
        try await explained { try await store.quarantined().map(Rejected.init) }
    }

    /// A payload that was refused, with its bytes as the receiver got them.
    public func rejected(_ id: Int64) async throws(OutboxError) -> (payload: Rejected, body: [UInt8]) {
        try await explained {
            guard let found = try await store.quarantined(id) else { throw PayloadStore.NoSuchPayload(id: id) }
            return (Rejected(found), try found.payload.packed.unpacked().body)
        }
    }

    /// Puts payloads back into their queues, before all that wait there. All or none.
    public func retry(_ ids: [Int64]) async throws(OutboxError) {
        try await explained { try await store.retry(ids) }
    }

    /// Removes payloads that were refused. All or none.
    public func drop(_ ids: [Int64]) async throws(OutboxError) {
        try await explained { try await store.dropQuarantined(ids) }
    }

    /// Removes everything that waits in a queue; how many samples that was. A payload that is being sent may still
    /// arrive.
    public func dropWaiting(in identity: String) async throws(OutboxError) -> Int {
        try await explained {
            let dropped = try await store.drop(
                identity, freeing: .max, olderThan: nil, sparing: [], sparesOldest: false)
            return dropped?.dropped.contents.samples ?? 0
        }
    }

    /// Moves everything of one queue into another, which is made if it is missing: what waits, to its place by age, and what
    /// was refused. How many payloads of each. Throws if there is no such queue.
    public func move(_ old: String, to new: String) async throws(OutboxError) -> (waiting: Int, refused: Int) {
        try await explained { try await store.move(old, to: new) }
    }

    /// Closes the database.
    public func close() throws(OutboxError) {
        try Self.explained(path) { try store.close() }
    }
}

extension StoredOutbox {
    private func explained<Value>(_ body: () async throws -> Value) async throws(OutboxError) -> Value {
        do { return try await body() } catch { throw Self.error(path, error) }
    }

    private static func explained<Value>(_ path: String, _ body: () throws -> Value) throws(OutboxError) -> Value {
        do { return try body() } catch { throw Self.error(path, error) }
    }

    private static func error(_ path: String, _ error: any Error) -> OutboxError {
        if let error = error as? PayloadStore.NoSuchPayload {
            return OutboxError(.unknown, "no payload \(error.id) was refused; aerostat outbox list shows which were")
        }
        if let error = error as? PayloadStore.NoSuchQueue {
            return OutboxError(.unknown, "there is no queue \(error.identity); aerostat outbox list shows the queues")
        }
        if DiskFault.isDamage(error, path: path) {
            return OutboxError(
                .unusable, "\(path) is damaged (\(error)); an agent saves what can be read when it finds out")
        }
        if (error as? DatabaseError)?.resultCode == .SQLITE_BUSY {
            return OutboxError(
                .unusable,
                "\(path) is locked by another process, perhaps the agent, whose disk may hang; look at the agent's log or "
                    + "/health, and try again")
        }
        let isDenied = [.SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH].contains(
            (error as? DatabaseError)?.resultCode)
        let remedy =
            isDenied ? "; \(StateAccess.remedy(for: URL(filePath: path).deletingLastPathComponent().path))" : ""
        return OutboxError(.unusable, "\(path) cannot be used: \(error)\(remedy)")
    }
}

extension StoredOutbox.Rejected {
    init(_ stored: PayloadStore.Quarantined) {
        let payload = stored.payload
        self.init(
            id: stored.id, queue: stored.identity, at: payload.at, reason: payload.reason,
            samples: payload.packed.samples, first: payload.packed.first, last: payload.packed.last)
    }
}
