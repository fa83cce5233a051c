import GRDB
import Telemetry

// What receivers have refused, and what an operator does about it.
extension PayloadStore {
    /// Puts a payload into quarantine, with the reason. Does nothing if an operator has dropped it.
    func quarantine(_ id: Int64, reason: String, at now: Timestamp) async throws {
        try await write { database in
            try database.execute(
                sql: """
                    INSERT INTO quarantine (queue, at, reason, first, last, samples, size, body)
                    SELECT queue, ?, ?, first, last, samples, size, body FROM payload WHERE id = ?
                    """, arguments: [now.microseconds, reason, id])
            try database.execute(sql: "DELETE FROM payload WHERE id = ?", arguments: [id])
        }
    }

    /// A payload that was refused, with its number.
    struct Quarantined: Sendable {
        let id: Int64
        let identity: String
        let payload: QuarantinedPayload
    }

    /// What was refused, oldest first, without bodies.
    func quarantined() async throws -> [Quarantined] {
        try await read { database in
            var result: [Quarantined] = []
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT quarantine.id, identity, at, reason, first, last, samples, x'' AS body
                    FROM quarantine JOIN queue ON queue.id = quarantine.queue ORDER BY quarantine.id
                    """)
            while let row = try rows.next() { result.append(try Quarantined(row: row)) }
            return result
        }
    }

    /// One payload that was refused.
    func quarantined(_ id: Int64) async throws -> Quarantined? {
        try await read { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT quarantine.id, identity, at, reason, first, last, samples, body
                    FROM quarantine JOIN queue ON queue.id = quarantine.queue WHERE quarantine.id = ?
                    """, arguments: [id]
            ).map(Quarantined.init(row:))
        }
    }

    /// Puts payloads back into their queues, before all that wait there, in their order. All or none; throws
    /// `NoSuchPayload` if one of them is not there.
    func retry(_ ids: [Int64]) async throws {
        try await write { database in
            for (queue, ids) in try Self.byQueue(ids, database) {
                let oldest = try Double.fetchOne(
                    database, sql: "SELECT min(position) FROM payload WHERE queue = ?", arguments: [queue])
                // What stood there before has gone: positions below the oldest are free.
                let upper = try oldest ?? Double(Self.nextID(database))
                let lower = max(upper - 1, upper / 2)
                for (index, id) in ids.enumerated() {
                    let position = lower + (upper - lower) * Double(index + 1) / Double(ids.count + 1)
                    try database.execute(
                        sql: """
                            INSERT INTO payload (queue, position, first, last, samples, size, body)
                            SELECT queue, ?, first, last, samples, size, body FROM quarantine WHERE id = ?
                            """, arguments: [position, id])
                    try database.execute(sql: "DELETE FROM quarantine WHERE id = ?", arguments: [id])
                }
            }
        }
    }

    /// Removes payloads that were refused. All or none; throws `NoSuchPayload` if one of them is not there.
    func dropQuarantined(_ ids: [Int64]) async throws {
        try await write { database in
            for id in try Self.byQueue(ids, database).flatMap(\.ids) {
                try database.execute(sql: "DELETE FROM quarantine WHERE id = ?", arguments: [id])
            }
        }
    }

    /// Moves everything of a queue into another one. A position is a place among all queues' payloads, so what waits finds
    /// its place by age. Throws `NoSuchQueue`.
    func move(_ old: String, to new: String) async throws -> (waiting: Int, refused: Int) {
        try await write { database in
            guard
                let source = try Int64.fetchOne(
                    database, sql: "SELECT id FROM queue WHERE identity = ?", arguments: [old])
            else { throw NoSuchQueue(identity: old) }
            let target = try Self.queue(new, database)
            try database.execute(sql: "UPDATE payload SET queue = ? WHERE queue = ?", arguments: [target, source])
            let waiting = database.changesCount
            try database.execute(sql: "UPDATE quarantine SET queue = ? WHERE queue = ?", arguments: [target, source])
            return (waiting, database.changesCount)
        }
    }

    /// There is no such queue.
    struct NoSuchQueue: Error {
        let identity: String
    }

    /// There is no such payload in quarantine.
    struct NoSuchPayload: Error {
        let id: Int64
    }

    private static func byQueue(_ ids: [Int64], _ database: Database) throws -> [(queue: Int64, ids: [Int64])] {
        var queues: [Int64: [Int64]] = [:]
        for id in Set(ids).sorted() {
            guard
                let queue = try Int64.fetchOne(
                    database, sql: "SELECT queue FROM quarantine WHERE id = ?", arguments: [id])
            else { throw NoSuchPayload(id: id) }
            queues[queue, default: []].append(id)
        }
        return queues.map { ($0.key, $0.value) }
    }

    private static func nextID(_ database: Database) throws -> Int64 {
        (try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'payload'") ?? 0) + 1
    }
}

extension PayloadStore.Quarantined {
    fileprivate init(row: Row) throws {
        self.init(
            id: try row.value("id"), identity: try row.value("identity"),
            payload: QuarantinedPayload(
                packed: try PackedPayload(row: row), at: Timestamp(microseconds: try row.value("at")),
                reason: try row.value("reason")))
    }
}
