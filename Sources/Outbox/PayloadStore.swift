import Foundation
import GRDB
import Telemetry

/// The durable queues: one SQLite database for all of them.
///
/// What holds after a crash at any instruction, a kill -9 or a power cut:
/// - `append` is one transaction, and returns after it was synced (WAL, synchronous FULL): all payloads of a cycle are
///   there, or, if it had not returned, all or none.
/// - A payload leaves only by `remove` after its receiver took it, by `quarantine`, which moves it in one transaction,
///   by `replace`, which puts its halves in its place in one transaction, or by `drop`, which is told and counted.
///   A crash between a receiver's answer and `remove` sends that one payload again, with the same bytes.
/// - The order of a queue is that of `position`: appended payloads come last, halves stand where the whole stood.
struct PayloadStore: Sendable {
    private let database: DatabaseQueue

    /// Opens or makes the database. Throws `DatabaseError`, also for a file that `PRAGMA quick_check` finds damaged.
    init(path: String) throws {
        var configuration = Configuration()
        configuration.label = "outbox"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            // The WAL's default, NORMAL, loses the last transactions in a power cut.
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        database = try DatabaseQueue(path: path, configuration: configuration)
        try database.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check(1)")
            guard verdict == "ok" else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: verdict ?? "quick_check gave no verdict")
            }
        }
        try database.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS queue (id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE);
                    CREATE TABLE IF NOT EXISTS payload (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        queue INTEGER NOT NULL REFERENCES queue (id),
                        position REAL NOT NULL,
                        first INTEGER NOT NULL, last INTEGER NOT NULL, samples INTEGER NOT NULL, size INTEGER NOT NULL,
                        body BLOB NOT NULL);
                    CREATE INDEX IF NOT EXISTS payload_order ON payload (queue, position, size, samples, last);
                    CREATE TABLE IF NOT EXISTS quarantine (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        queue INTEGER NOT NULL REFERENCES queue (id),
                        at INTEGER NOT NULL, reason TEXT NOT NULL,
                        first INTEGER NOT NULL, last INTEGER NOT NULL, samples INTEGER NOT NULL, body BLOB NOT NULL);
                    """)
        }
    }

    /// Appends payloads to queues, all or none, synced to the disk.
    func append(_ batches: [(identity: String, payloads: [Payload])]) async throws {
        try await write { try Self.append(batches, $0) }
    }

    /// As `append`, for a store that nobody uses yet. Blocks.
    func appendBlocking(_ batches: [(identity: String, payloads: [Payload])]) throws {
        try database.write { try Self.append(batches, $0) }
    }

    private static func append(
        _ batches: [(identity: String, payloads: [Payload])], _ database: Database
    ) throws {
        for batch in batches {
            let queue = try Self.queue(batch.identity, database)
            var position =
                try Double.fetchOne(
                    database, sql: "SELECT max(position) FROM payload WHERE queue = ?", arguments: [queue]) ?? 0
            for payload in batch.payloads {
                position = (position + 1).rounded(.down)
                try Self.insert(payload, queue: queue, position: position, database)
            }
        }
    }

    /// The oldest payload of a queue behind a position.
    func head(_ identity: String, after position: Double) async throws -> StoredPayload? {
        try await read { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT payload.* FROM payload JOIN queue ON queue.id = payload.queue
                    WHERE identity = ? AND position > ? ORDER BY position LIMIT 1
                    """, arguments: [identity, position]
            ).map(StoredPayload.init)
        }
    }

    /// Removes a queue's payloads up to a position: their receiver took them.
    func remove(_ identity: String, through position: Double) async throws {
        try await write { database in
            try database.execute(
                sql: """
                    DELETE FROM payload
                    WHERE queue = (SELECT id FROM queue WHERE identity = ?) AND position <= ?
                    """, arguments: [identity, position])
            // Gives pages back to the file system bit by bit after an outage.
            try database.execute(sql: "PRAGMA incremental_vacuum(64)")
        }
    }

    /// Puts a payload's halves in its place.
    func replace(_ stored: StoredPayload, with halves: (Payload, Payload)) async throws {
        try await write { database in
            guard
                let queue = try Int64.fetchOne(
                    database, sql: "SELECT queue FROM payload WHERE id = ?", arguments: [stored.id])
            else { return }
            let next =
                try Double.fetchOne(
                    database, sql: "SELECT min(position) FROM payload WHERE queue = ? AND position > ?",
                    arguments: [queue, stored.position]) ?? (stored.position + 1)
            try database.execute(sql: "DELETE FROM payload WHERE id = ?", arguments: [stored.id])
            try Self.insert(halves.0, queue: queue, position: stored.position, database)
            try Self.insert(halves.1, queue: queue, position: (stored.position + next) / 2, database)
        }
    }

    /// Puts a payload aside for good, with the reason.
    func quarantine(_ id: Int64, reason: String, at now: Timestamp) async throws {
        try await write { database in
            try database.execute(
                sql: """
                    INSERT INTO quarantine (queue, at, reason, first, last, samples, body)
                    SELECT queue, ?, ?, first, last, samples, body FROM payload WHERE id = ?
                    """, arguments: [now.microseconds, reason, id])
            try database.execute(sql: "DELETE FROM payload WHERE id = ?", arguments: [id])
        }
    }

    /// What the queues hold.
    func contents() async throws -> [String: QueueContents] {
        try await read { database in
            var result: [String: QueueContents] = [:]
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT identity, count(payload.id) AS payloads, coalesce(sum(samples), 0) AS samples,
                        coalesce(sum(size), 0) AS bytes
                    FROM queue LEFT JOIN payload ON payload.queue = queue.id GROUP BY queue.id
                    """)
            while let row = try rows.next() {
                result[row["identity"]] = QueueContents(
                    payloads: row["payloads"], samples: row["samples"], bytes: row["bytes"])
            }
            return result
        }
    }

    /// How many payloads of each queue are in quarantine.
    func quarantined() async throws -> [String: Int] {
        try await read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT identity, count(*) AS payloads FROM quarantine JOIN queue ON queue.id = quarantine.queue
                    GROUP BY queue.id
                    """)
            return Dictionary(uniqueKeysWithValues: rows.map { ($0["identity"], $0["payloads"]) })
        }
    }

    /// What was dropped of a queue.
    struct Dropped: Sendable {
        var contents = QueueContents()
        var first: Timestamp
        var last: Timestamp
    }

    /// Drops a queue's oldest payload, unless it is `kept`, which is under way. `olderThan`, if given, spares it unless
    /// its newest sample is older.
    func dropOldest(
        _ identity: String, olderThan: Timestamp?, keeping kept: Int64?
    ) async throws -> Dropped? {
        try await write { database in
            guard
                let row = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT payload.id, first, last, samples, size FROM payload
                        JOIN queue ON queue.id = payload.queue
                        WHERE identity = ? AND payload.id IS NOT ? ORDER BY position LIMIT 1
                        """, arguments: [identity, kept])
            else { return nil }
            let last = Timestamp(microseconds: row["last"])
            if let olderThan, last >= olderThan { return nil }
            try database.execute(sql: "DELETE FROM payload WHERE id = ?", arguments: [row["id"] as Int64])
            return Dropped(
                contents: QueueContents(payloads: 1, samples: row["samples"], bytes: row["size"]),
                first: Timestamp(microseconds: row["first"]), last: last)
        }
    }

    /// Closes the database; later calls fail.
    func close() throws {
        try database.close()
    }
}

extension PayloadStore {
    /// A transaction on the database's own queue. In a task of its own, as one that was begun must not be given up with
    /// the task that asked for it: what a receiver took must be removed.
    private func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        let database = database
        return try await Task { try await database.write(body) }.value
    }

    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        let database = database
        return try await Task { try await database.read(body) }.value
    }

    private static func queue(_ identity: String, _ database: Database) throws -> Int64 {
        if let id = try Int64.fetchOne(database, sql: "SELECT id FROM queue WHERE identity = ?", arguments: [identity])
        {
            return id
        }
        try database.execute(sql: "INSERT INTO queue (identity) VALUES (?)", arguments: [identity])
        return database.lastInsertedRowID
    }

    private static func insert(
        _ payload: Payload, queue: Int64, position: Double, _ database: Database
    ) throws {
        try database.execute(
            sql: """
                INSERT INTO payload (queue, position, first, last, samples, size, body) VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                queue, position, payload.first.microseconds, payload.last.microseconds, payload.samples,
                payload.body.count, Data(payload.body),
            ])
    }
}

extension StoredPayload {
    fileprivate init(_ row: Row) {
        let body: Data = row["body"]
        self.init(
            id: row["id"], position: row["position"],
            payload: Payload(
                body: [UInt8](body), samples: row["samples"], first: Timestamp(microseconds: row["first"]),
                last: Timestamp(microseconds: row["last"])))
    }
}
