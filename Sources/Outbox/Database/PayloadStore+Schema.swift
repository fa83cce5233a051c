import Foundation
import GRDB
import Telemetry

// The tables, and the statements that several operations share.
extension PayloadStore {
    /// What is written into `PRAGMA user_version`. A database of another format is taken for a damaged one: it is moved
    /// aside, and what can be read of it is saved.
    private static let format = 1
    /// Far more rows than can be, few enough for a `Double` to tell halves apart.
    static let lastID: Int64 = 1 << 40

    /// The checks are there for `integrity_check`: a bit that flipped in a row must not be taken for a number. What is
    /// small stands before `body`, so that a look at it does not read that.
    private static let schema = """
        CREATE TABLE queue (
            id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE CHECK (typeof(identity) = 'text'));
        CREATE TABLE payload (
            id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND \(lastID)),
            queue INTEGER NOT NULL REFERENCES queue (id) CHECK (typeof(queue) = 'integer'),
            position REAL NOT NULL CHECK (typeof(position) = 'real' AND position > 0 AND position <= \(lastID) + 1),
            first INTEGER NOT NULL CHECK (typeof(first) = 'integer'),
            last INTEGER NOT NULL CHECK (typeof(last) = 'integer'),
            samples INTEGER NOT NULL CHECK (typeof(samples) = 'integer' AND samples BETWEEN 0 AND \(lastID)),
            size INTEGER NOT NULL CHECK (size = length(body)),
            body BLOB NOT NULL CHECK (typeof(body) = 'blob'));
        CREATE INDEX payload_order ON payload (queue, position, size, samples, last);
        CREATE TABLE quarantine (
            id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND \(lastID)),
            queue INTEGER NOT NULL REFERENCES queue (id) CHECK (typeof(queue) = 'integer'),
            at INTEGER NOT NULL CHECK (typeof(at) = 'integer'),
            first INTEGER NOT NULL CHECK (typeof(first) = 'integer'),
            last INTEGER NOT NULL CHECK (typeof(last) = 'integer'),
            samples INTEGER NOT NULL CHECK (typeof(samples) = 'integer' AND samples BETWEEN 0 AND \(lastID)),
            size INTEGER NOT NULL CHECK (size = length(body)),
            reason TEXT NOT NULL CHECK (typeof(reason) = 'text'),
            body BLOB NOT NULL CHECK (typeof(body) = 'blob'));
        """

    /// Makes the tables, or sees to it that they are ours.
    static func prepareSchema(_ database: Database) throws {
        guard try tables(database).isEmpty else { return try checkFormat(database) }
        try database.execute(sql: schema)
        try database.execute(sql: "PRAGMA user_version = \(format)")
    }

    /// Throws `DatabaseError` if the database is of another format, or if its schema is not to the letter what was
    /// written: a bit that flipped there can turn a check into another one.
    static func checkFormat(_ database: Database) throws {
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard found == format else {
            throw DatabaseError(
                resultCode: .SQLITE_CORRUPT,
                message:
                    "the database is of format \(found), expected \(format); another version of aerostat wrote it, or it is damaged"
            )
        }
        guard try tables(database) == written else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the schema is not the one that was written")
        }
    }

    /// The schema as SQLite keeps it, with what it adds by itself ("Database File Format", 2.6).
    private static var written: [[DatabaseValue]] {
        let statements = schema.split(separator: ";").map { $0.trimmingPrefix("\n") }.filter { !$0.isEmpty }
        let rows: [(type: String, name: String, table: String, sql: Substring?)] = [
            ("table", "queue", "queue", statements[0]),
            ("index", "sqlite_autoindex_queue_1", "queue", nil),
            ("table", "payload", "payload", statements[1]),
            ("table", "sqlite_sequence", "sqlite_sequence", "CREATE TABLE sqlite_sequence(name,seq)"),
            ("index", "payload_order", "payload", statements[2]),
            ("table", "quarantine", "quarantine", statements[3]),
        ]
        return rows.map { row in
            [row.type, row.name, row.table].map(\.databaseValue) + [row.sql.map { String($0).databaseValue } ?? .null]
        }
    }

    /// The schema as it stands in the database.
    private static func tables(_ database: Database) throws -> [[DatabaseValue]] {
        try Row.fetchAll(database, sql: "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid")
            .map { Array($0.databaseValues) }
    }

    /// The row of a queue, made if there is none.
    static func queue(_ identity: String, _ database: Database) throws -> Int64 {
        let known = try database.cachedStatement(sql: "SELECT id FROM queue WHERE identity = ?")
        if let id = try Int64.fetchOne(known, arguments: [identity]) { return id }
        try database.execute(sql: "INSERT INTO queue (identity) VALUES (?)", arguments: [identity])
        return database.lastInsertedRowID
    }

    static func insert(
        _ payload: PackedPayload, id: Int64?, queue: Int64, position: Double, _ database: Database
    ) throws {
        let insert = try database.cachedStatement(
            sql: """
                INSERT INTO payload (id, queue, position, first, last, samples, size, body)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try insert.execute(arguments: [
            id, queue, position, payload.first.microseconds, payload.last.microseconds, payload.samples,
            payload.frame.count, Data(payload.frame),
        ])
    }

    static func insert(_ payload: QuarantinedPayload, id: Int64?, queue: Int64, _ database: Database) throws {
        let packed = payload.packed
        try database.execute(
            sql: """
                INSERT INTO quarantine (id, queue, at, reason, first, last, samples, size, body)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id, queue, payload.at.microseconds, payload.reason, packed.first.microseconds, packed.last.microseconds,
                packed.samples, packed.frame.count, Data(packed.frame),
            ])
    }

    static func contents(_ database: Database) throws -> [String: Contents] {
        var result: [String: Contents] = [:]
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT identity, waiting.payloads, waiting.samples, waiting.bytes, waiting.since,
                    (SELECT first FROM payload WHERE queue = queue.id ORDER BY position LIMIT 1) AS oldest,
                    aside.payloads AS aside_payloads, aside.samples AS aside_samples, aside.bytes AS aside_bytes
                FROM queue
                LEFT JOIN (SELECT queue, count(*) AS payloads, sum(samples) AS samples, sum(size) AS bytes,
                        min(last) AS since FROM payload GROUP BY queue) AS waiting ON waiting.queue = queue.id
                LEFT JOIN (SELECT queue, count(*) AS payloads, sum(samples) AS samples, sum(size) AS bytes
                    FROM quarantine GROUP BY queue) AS aside ON aside.queue = queue.id
                """)
        while let row = try rows.next() {
            var contents = Contents()
            if row["payloads"] != nil {
                contents.waiting = QueueContents(
                    payloads: try row.value("payloads"), samples: try row.value("samples"),
                    bytes: try row.value("bytes"))
                contents.oldest = Timestamp(microseconds: try row.value("oldest"))
                contents.since = Timestamp(microseconds: try row.value("since"))
            }
            if row["aside_payloads"] != nil {
                contents.quarantined = QueueContents(
                    payloads: try row.value("aside_payloads"), samples: try row.value("aside_samples"),
                    bytes: try row.value("aside_bytes"))
            }
            result[try row.value("identity")] = contents
        }
        return result
    }
}
