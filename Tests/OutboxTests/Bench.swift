import Foundation
import GRDB
import Telemetry
import Testing

@testable import Outbox

/// A temporary state directory, and what an outbox on it said.
final class Bench: Sendable {
    /// One day after the samples numbered 0 were taken.
    static let now = Timestamp(seconds: 86_400)

    let directory: String
    let events = Watched<[OutboxEvent]>([])

    init() throws {
        directory = NSTemporaryDirectory() + "outbox-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: directory) } catch { Issue.record(error) }
    }

    /// `events` has what happens, but not what goes on. Nothing waits so briefly for the disk that a busy machine would let
    /// it count as hanging, and each rejection is the payload's fault, unless a test says otherwise.
    func open(
        _ publishers: any Publisher..., limits: OutboxLimits = OutboxLimits(maxBytes: 1 << 30, maxAge: nil),
        in directory: String? = nil, suspicion: Bool = false, diskPatience: Duration = .seconds(100),
        now: @escaping @Sendable () -> Timestamp = { Bench.now }, monotonic: (@Sendable () -> Duration)? = nil
    ) async throws -> Outbox {
        let events = events
        var limits = limits
        limits.diskPatience = diskPatience
        limits.openPatience = max(diskPatience, .seconds(3))
        if !suspicion { limits.rejectionsInARow = nil }
        return try await Outbox.open(
            directory: directory ?? self.directory, limits: limits, publishers: publishers, now: now,
            monotonic: monotonic, random: { 0 },
            report: { event in
                switch event {
                case .outageLasts, .droppingLasts, .diskFailureLasts, .firstDelivery: break
                default: events.change { $0.append(event) }
                }
            })
    }

    var database: String { directory + "/outbox.sqlite" }

    /// The database as a crash at this instant would leave it: nobody may write or restart the WAL while it is copied.
    func crashed(_ copied: @Sendable () -> Void = {}) async throws -> Bench {
        let copy = try Bench()
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let connection = try DatabaseQueue(path: database, configuration: configuration)
        try await connection.writeWithoutTransaction { [database] connection in
            try connection.execute(sql: "BEGIN IMMEDIATE")
            for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: database + suffix) {
                try FileManager.default.copyItem(atPath: database + suffix, toPath: copy.database + suffix)
            }
            copied()
            try connection.execute(sql: "ROLLBACK")
        }
        try connection.close()
        return copy
    }

    /// Everything in a queue of the closed database, in order.
    func stored(_ identity: String = "a", in directory: String? = nil) async throws -> [Payload] {
        let store = try PayloadStore(path: (directory ?? self.directory) + "/outbox.sqlite")
        var result: [Payload] = []
        var seen: Set<Int64> = []
        while let next = try await store.head(identity, except: seen).payload {
            result.append(try next.packed.unpacked())
            seen.insert(next.id)
        }
        try store.close()
        return result
    }

    /// Every drop that was told, as numbers of samples.
    var droppedSamples: Int {
        events.value.reduce(0) { sum, event in
            if case .dropped(_, let samples, _, _) = event { sum + samples } else { sum }
        }
    }
}

extension PayloadStore {
    func append(_ batches: [(String, [Payload])]) async throws {
        try await append(batches.map { Batch(identity: $0, payloads: $1.map { PackedPayload($0) }) })
    }
}

extension Outbox {
    func handOver(_ payloads: Payload..., to identity: String = "a") async {
        await handOver([(identity, payloads)])
    }

    /// A queue's counters once they are so. What an attempt leaves is written after its answer.
    func snapshot(
        of identity: String = "a", once isDue: (QueueSnapshot) -> Bool = { _ in true }
    ) async throws -> QueueSnapshot {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            let snapshot = try #require(snapshot().first { $0.identity == identity })
            if isDue(snapshot) { return snapshot }
            guard ContinuousClock.now < deadline else {
                Issue.record("the queue stayed \(snapshot)")
                return snapshot
            }
            await Task.yield()
        }
    }
}
