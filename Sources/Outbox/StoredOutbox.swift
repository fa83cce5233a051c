import FoundationEssentials
import GRDB
public import Telemetry

/// An outbox on disk as an operator sees it, whether an agent is using it or not. What is changed here a running agent
/// notices with its next cycle or delivery.
///
/// Everything throws `OutboxError`, which tells the file, what is wrong and what can be done.
public struct StoredOutbox: Sendable {
    private let path: String
    private let store: PayloadStore

    /// The outbox in a state directory; `nil` if no agent has made one there yet. Blocks.
    public init?(directory: String) throws(OutboxError) {
        path = Outbox.database(in: directory)
        let path = path
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        store = try Self.explained(path) { try PayloadStore(existing: path) }
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
        /// Payloads that were put aside.
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
        /// When it was put aside.
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

    /// The payloads that were put aside, in the order in which that happened.
    public func rejected() async throws(OutboxError) -> [Rejected] {
        try await explained { try await store.quarantined().map(Rejected.init) }
    }

    /// A payload that was put aside, with its bytes as the receiver got them.
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

    /// Removes payloads that were put aside. All or none.
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
            return OutboxError(.unknown, "no payload \(error.id) was put aside; aerostat outbox list shows which were")
        }
        if DiskFault.isDamage(error, path: path) {
            return OutboxError(
                .unusable, "\(path) is damaged (\(error)); an agent saves what can be read when it finds out")
        }
        return OutboxError(.unusable, "\(path) cannot be used: \(error)")
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
