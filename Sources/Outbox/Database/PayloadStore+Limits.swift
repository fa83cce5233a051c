import GRDB
import Telemetry

// What goes when there is too much.
extension PayloadStore {
    /// Drops a queue's oldest payloads, in one transaction, as long as `bytes` are not freed or they are beyond
    /// `cutoff`. Spares rows of `spared`, and the oldest of the others if `sparesOldest`: it may be about to
    /// be sent. What was dropped, and whether that was for lack of space.
    func drop(
        _ identity: String, freeing bytes: Int, olderThan cutoff: WaitingTime.Cutoff?, sparing spared: Set<Int64>,
        sparesOldest: Bool
    ) async throws -> (dropped: DroppedPayloads, isForSpace: Bool)? {
        try await write { database in
            guard
                let queue = try Int64.fetchOne(
                    database, sql: "SELECT id FROM queue WHERE identity = ?", arguments: [identity])
            else { return nil }
            var victims: [Int64] = []
            var dropped: DroppedPayloads?
            var sparesOldest = sparesOldest
            let rows = try Row.fetchCursor(
                database,
                sql: "SELECT id, first, last, samples, size FROM payload WHERE queue = ? ORDER BY position",
                arguments: [queue])
            while let row = try rows.next() {
                let id: Int64 = try row.value("id")
                guard !spared.contains(id) else { continue }
                guard !sparesOldest else {
                    sparesOldest = false
                    continue
                }
                let last = Timestamp(microseconds: try row.value("last"))
                let isOld = cutoff.map { last < $0.olderThan && id <= $0.through } ?? false
                guard isOld || dropped?.contents.bytes ?? 0 < bytes else { break }
                victims.append(id)
                let drop = DroppedPayloads(
                    QueueContents(payloads: 1, samples: try row.value("samples"), bytes: try row.value("size")),
                    first: Timestamp(microseconds: try row.value("first")), last: last)
                if dropped == nil { dropped = drop } else { dropped? += drop }
            }
            for id in victims { try database.execute(sql: "DELETE FROM payload WHERE id = ?", arguments: [id]) }
            return dropped.map { ($0, bytes > 0) }
        }
    }

    /// Drops what was refused first, as long as `bytes` are not freed.
    func dropQuarantined(_ identity: String, freeing bytes: Int) async throws -> DroppedPayloads? {
        guard bytes > 0 else { return nil }
        return try await write { database in
            var dropped: DroppedPayloads?
            var victims: [Int64] = []
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT quarantine.id, first, last, samples, size FROM quarantine
                    JOIN queue ON queue.id = quarantine.queue WHERE identity = ? ORDER BY quarantine.id
                    """, arguments: [identity])
            while dropped?.contents.bytes ?? 0 < bytes, let row = try rows.next() {
                victims.append(try row.value("id"))
                let drop = DroppedPayloads(
                    QueueContents(payloads: 1, samples: try row.value("samples"), bytes: try row.value("size")),
                    first: Timestamp(microseconds: try row.value("first")),
                    last: Timestamp(microseconds: try row.value("last")))
                if dropped == nil { dropped = drop } else { dropped? += drop }
            }
            for id in victims { try database.execute(sql: "DELETE FROM quarantine WHERE id = ?", arguments: [id]) }
            return dropped
        }
    }
}
