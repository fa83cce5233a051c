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
///   Appended payloads have their row's number as position. No number is ever used again, also not in a database that
///   took the place of a damaged one: a removal that comes late cannot hit another payload.
final class PayloadStore: Sendable {
    private let database: DatabaseQueue

    /// Opens or makes the database. Throws `DatabaseError`, also for a file that `PRAGMA integrity_check` finds damaged.
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
            // Not quick_check, which does not compare the index, by which everything is found, with the rows.
            let verdict = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)")
            guard verdict == "ok" else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: verdict ?? "integrity_check gave no verdict")
            }
        }
        try database.write { try $0.execute(sql: Self.schema) }
    }

    /// The checks are there for `integrity_check`: a bit that flipped in a row must not be taken for a number.
    private static let schema = """
        CREATE TABLE IF NOT EXISTS queue (
            id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE CHECK (typeof(identity) = 'text'));
        CREATE TABLE IF NOT EXISTS payload (
            id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND \(lastID)),
            queue INTEGER NOT NULL REFERENCES queue (id) CHECK (typeof(queue) = 'integer'),
            position REAL NOT NULL CHECK (typeof(position) = 'real' AND position BETWEEN 1 AND \(lastID) + 1),
            first INTEGER NOT NULL CHECK (typeof(first) = 'integer'),
            last INTEGER NOT NULL CHECK (typeof(last) = 'integer'),
            samples INTEGER NOT NULL CHECK (typeof(samples) = 'integer' AND samples BETWEEN 0 AND \(lastID)),
            size INTEGER NOT NULL CHECK (size = length(body)),
            body BLOB NOT NULL CHECK (typeof(body) = 'blob'));
        CREATE INDEX IF NOT EXISTS payload_order ON payload (queue, position, size, samples, last);
        CREATE TABLE IF NOT EXISTS quarantine (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            queue INTEGER NOT NULL REFERENCES queue (id) CHECK (typeof(queue) = 'integer'),
            at INTEGER NOT NULL CHECK (typeof(at) = 'integer'),
            reason TEXT NOT NULL CHECK (typeof(reason) = 'text'),
            first INTEGER NOT NULL CHECK (typeof(first) = 'integer'),
            last INTEGER NOT NULL CHECK (typeof(last) = 'integer'),
            samples INTEGER NOT NULL CHECK (typeof(samples) = 'integer'),
            body BLOB NOT NULL CHECK (typeof(body) = 'blob'));
        """
    /// Far more rows than can be, few enough for a `Double` to tell halves apart.
    private static let lastID: Int64 = 1 << 40

    /// Appends payloads to queues, all or none, synced to the disk.
    func append(_ batches: [(identity: String, payloads: [Payload])]) async throws {
        try await write { try Self.append(batches, $0) }
    }

    private static func append(
        _ batches: [(identity: String, payloads: [Payload])], _ database: Database
    ) throws {
        // AUTOINCREMENT remembers the numbers of rows that are gone.
        let newest = try Row.fetchOne(
            database,
            sql: """
                SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'payload'), 0),
                    coalesce((SELECT max(id) FROM payload), 0)) AS id
                """)
        var id: Int64 = try newest?.value("id") ?? 0
        guard (0...Self.lastID).contains(id) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the newest payload's number is \(id)")
        }
        for batch in batches {
            let queue = try Self.queue(batch.identity, database)
            for payload in batch.payloads {
                id += 1
                try Self.insert(payload, id: id, queue: queue, position: Double(id), database)
            }
        }
    }

    /// Fills a store that nobody uses yet with what was saved of a damaged one, in one transaction. Blocks. `above` is
    /// a row number that must not be used again.
    func fill(above: Int64, _ body: (_ add: (Rescued) throws -> Void) throws -> Void) throws {
        try database.write { database in
            var last = above
            try body { rescued in
                let queue = try Self.queue(rescued.identity, database)
                let payload = rescued.payload
                switch rescued.place {
                case .queue(let id, let position):
                    guard (1...Self.lastID / 2).contains(id) else { return }
                    last = max(last, id)
                    let isSound = position >= 1 && position <= Double(Self.lastID / 2)
                    try Self.insert(payload, id: id, queue: queue, position: isSound ? position : Double(id), database)
                case .quarantine(let at, let reason):
                    try database.execute(
                        sql: """
                            INSERT INTO quarantine (queue, at, reason, first, last, samples, body)
                            VALUES (?, ?, ?, ?, ?, ?, ?)
                            """,
                        arguments: [
                            queue, at.microseconds, reason, payload.first.microseconds, payload.last.microseconds,
                            payload.samples, Data(payload.body),
                        ])
                }
            }
            // The newest rows may be among those that are lost.
            try database.execute(sql: "DELETE FROM sqlite_sequence WHERE name = 'payload'")
            try database.execute(
                sql: "INSERT INTO sqlite_sequence (name, seq) VALUES ('payload', ?)", arguments: [last + (1 << 20)])
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
            ).map(StoredPayload.init(row:))
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
            try Self.insert(halves.0, id: nil, queue: queue, position: stored.position, database)
            try Self.insert(halves.1, id: nil, queue: queue, position: (stored.position + next) / 2, database)
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
                result[try row.value("identity")] = QueueContents(
                    payloads: try row.value("payloads"), samples: try row.value("samples"),
                    bytes: try row.value("bytes"))
            }
            return result
        }
    }

    /// How many payloads of each queue are in quarantine.
    func quarantined() async throws -> [String: Int] {
        try await read { database in
            var result: [String: Int] = [:]
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT identity, count(*) AS payloads FROM quarantine JOIN queue ON queue.id = quarantine.queue
                    GROUP BY queue.id
                    """)
            while let row = try rows.next() { result[try row.value("identity")] = try row.value("payloads") }
            return result
        }
    }

    /// What was dropped of a queue.
    struct Dropped: Sendable {
        var contents = QueueContents()
        var first: Timestamp
        var last: Timestamp
    }

    /// Drops a queue's oldest payload behind a position but `kept`, which is under way. `olderThan`, if given, spares it unless
    /// its newest sample is older.
    func dropOldest(
        _ identity: String, after position: Double, olderThan: Timestamp?, keeping kept: Int64?
    ) async throws -> Dropped? {
        try await write { database in
            guard
                let row = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT payload.id, first, last, samples, size FROM payload
                        JOIN queue ON queue.id = payload.queue
                        WHERE identity = ? AND position > ? AND payload.id IS NOT ? ORDER BY position LIMIT 1
                        """, arguments: [identity, position, kept])
            else { return nil }
            let last = Timestamp(microseconds: try row.value("last"))
            if let olderThan, last >= olderThan { return nil }
            try database.execute(sql: "DELETE FROM payload WHERE id = ?", arguments: [try row.value("id") as Int64])
            return Dropped(
                contents: QueueContents(
                    payloads: 1, samples: try row.value("samples"), bytes: try row.value("size")),
                first: Timestamp(microseconds: try row.value("first")), last: last)
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
        _ payload: Payload, id: Int64?, queue: Int64, position: Double, _ database: Database
    ) throws {
        try database.execute(
            sql: """
                INSERT INTO payload (id, queue, position, first, last, samples, size, body)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id, queue, position, payload.first.microseconds, payload.last.microseconds, payload.samples,
                payload.body.count, Data(payload.body),
            ])
    }
}
