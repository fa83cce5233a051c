import Foundation
import GRDB
import Telemetry
import Threads

/// The durable queues: one SQLite database for all of them. Safe to be used by two processes at once: an agent, and an
/// operator's `aerostat outbox`.
///
/// - `append` is one transaction, and returns after it was synced (WAL, synchronous FULL).
/// - The order of a queue is that of `position`: appended payloads come last, halves stand where the whole stood, and
///   what comes back from quarantine stands before all that wait. Appended payloads have their row's number as position.
/// - What is done with every poll is done with statements that are prepared once: to prepare them took a quarter of a
///   poll's instructions.
/// - No row's number is ever used again, also not in a database that took the place of a damaged one: a removal that
///   comes late cannot hit another payload.
final class PayloadStore: Sendable {
    let database: DatabaseQueue
    private let thread = WorkThread(named: "disk")
    /// The files that were opened.
    let files: StateFiles

    /// Opens or makes the database of an agent. Throws `DatabaseError`, also for a file that `PRAGMA integrity_check`
    /// finds damaged or that is of another format, and what `StateFiles.prepare` throws.
    convenience init(path: String) throws {
        try StateFiles.prepare(path)
        try self.init(opening: path)
        try database.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA page_size = \(DatabaseFile.pageSize)")
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            // Before integrity_check, which goes by the checks that stand in it.
            if try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") != 0 {
                try Self.checkFormat(database)
            }
            // Not quick_check, which does not compare the index, by which everything is found, with the rows.
            let verdict = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)")
            guard verdict == "ok" else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: verdict ?? "integrity_check gave no verdict")
            }
        }
        try database.write { try Self.prepareSchema($0) }
    }

    /// Opens a database that an agent has made, and may be using. Throws `DatabaseError`, also if there is none.
    convenience init(existing path: String) throws {
        try self.init(opening: path, mustExist: true)
        try database.read { try Self.checkFormat($0) }
    }

    private init(opening path: String, mustExist: Bool = false) throws {
        var configuration = Configuration()
        configuration.label = "outbox"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            // The WAL's default, NORMAL, loses the last transactions in a power cut.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // For a damaged file: look at cells before they are believed, and call no function that its schema names.
            try database.execute(sql: "PRAGMA cell_size_check = ON")
            try database.execute(sql: "PRAGMA trusted_schema = OFF")
        }
        if mustExist, !FileManager.default.fileExists(atPath: path) {
            throw DatabaseError(resultCode: .SQLITE_CANTOPEN, message: "there is no \(path)")
        }
        database = try DatabaseQueue(path: path, configuration: configuration)
        files = StateFiles(path: path)
    }

    /// Closes the database; later calls fail.
    func close() throws {
        try database.close()
    }
}

extension PayloadStore {
    /// What is to be written of a queue in one go.
    struct Batch: Sendable {
        let identity: String
        let payloads: [PackedPayload]
        /// What was rejected while the disk took nothing.
        var quarantined: [QuarantinedPayload] = []
    }

    /// What came of appending.
    struct Appended: Sendable {
        /// The first row of each batch's payloads; those of the others follow.
        let rows: [Int64]
        /// `Head.version`.
        let version: Int
    }

    /// The place of a row that was appended.
    static func position(of row: Int64) -> Double { Double(row) }

    /// Appends payloads to queues, all or none, synced to the disk. Throws `StateFiles.Replaced` if that would be in vain.
    @discardableResult
    func append(_ batches: [Batch], lockedBy lock: StateLock.Place? = nil) async throws -> Appended {
        try await write { [files] database in
            if let lock { try files.requireInPlace(lock) }
            // AUTOINCREMENT remembers the numbers of rows that are gone.
            let newest = try Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'payload'), 0),
                            coalesce((SELECT max(id) FROM payload), 0)) AS id
                        """))
            var id: Int64 = try newest?.value("id") ?? 0
            guard (0...Self.lastID).contains(id) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the newest payload's number is \(id)")
            }
            var rows: [Int64] = []
            for batch in batches {
                rows.append(id + 1)
                let queue = try Self.queue(batch.identity, database)
                for payload in batch.payloads {
                    id += 1
                    try Self.insert(payload, id: id, queue: queue, position: Self.position(of: id), database)
                }
                for payload in batch.quarantined { try Self.insert(payload, id: nil, queue: queue, database) }
            }
            return Appended(rows: rows, version: try Self.version(database))
        }
    }

    /// A look at a queue's beginning.
    struct Head: Sendable {
        let payload: StoredPayload?
        /// Changes whenever another process has changed the database (`PRAGMA data_version`).
        let version: Int
    }

    /// The oldest payload of a queue that is not among `taken`.
    func head(_ identity: String, except taken: Set<Int64>) async throws -> Head {
        try await read { try Self.head(identity, except: taken, $0) }
    }

    private static func head(_ identity: String, except taken: Set<Int64>, _ database: Database) throws -> Head {
        let version = try version(database)
        let ids = try Int64.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT payload.id FROM payload JOIN queue ON queue.id = payload.queue
                    WHERE identity = ? ORDER BY position
                    """), arguments: [identity])
        while let id = try ids.next() {
            guard !taken.contains(id) else { continue }
            let row = try Row.fetchOne(
                database.cachedStatement(sql: "SELECT * FROM payload WHERE id = ?"), arguments: [id])
            guard let row else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "payload \(id) is in the index alone")
            }
            return Head(payload: try StoredPayload(row: row), version: version)
        }
        return Head(payload: nil, version: version)
    }

    /// `Head.version` alone. Throws `StateFiles.Replaced` if the files are no longer those that were opened.
    func version(lockedBy lock: StateLock.Place? = nil) async throws -> Int {
        try await read { [files] database in
            if let lock { try files.requireInPlace(lock) }
            return try Self.version(database)
        }
    }

    /// Bytes that are free where the database is, as of the last write that failed; `nil` if none did.
    var free: Int? { files.free }

    private static func version(_ database: Database) throws -> Int {
        try Int.fetchOne(database.cachedStatement(sql: "PRAGMA data_version")) ?? 0
    }

    /// Removes payloads: their receiver took them.
    func remove(_ ids: Set<Int64>) async throws {
        try await write { try Self.remove(ids, $0) }
    }

    /// Removes payloads, likewise, and looks at what a queue begins with then; `nil` if that cannot be read: whoever
    /// needs it asks again, and gets the error.
    func remove(_ ids: Set<Int64>, headOf identity: String, except taken: Set<Int64>) async throws -> Head? {
        let database = database
        return try await thread.run {
            try database.writeWithoutTransaction { database in
                try database.transaction(.immediate) { try Self.remove(ids, $0) }
                do {
                    // In a transaction of its own: SQLite gives up the whole of one in which a read meets a disk's error.
                    return try database.transaction(.deferred) { try Self.head(identity, except: taken, $0) }
                } catch {
                    return nil
                }
            }
        }
    }

    private static func remove(_ ids: Set<Int64>, _ database: Database) throws {
        let delete = try database.cachedStatement(sql: "DELETE FROM payload WHERE id = ?")
        for id in ids { try delete.execute(arguments: [id]) }
        // Gives pages back to the file system bit by bit after an outage.
        try database.cachedStatement(sql: "PRAGMA incremental_vacuum(64)").execute()
    }

    /// Puts a payload's halves in its place. Does nothing if an operator has dropped it.
    func replace(_ stored: StoredPayload, with halves: (PackedPayload, PackedPayload)) async throws {
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

    /// What a queue holds on disk.
    struct Contents: Sendable {
        var waiting = QueueContents()
        /// When the oldest sample of the payload that is to be sent next was taken.
        var oldest: Timestamp?
        /// No payload's newest sample was taken before this.
        var since: Timestamp?
        var quarantined = QueueContents()
    }

    /// What the queues hold.
    func contents() async throws -> [String: Contents] {
        try await read { try Self.contents($0) }
    }
}

extension PayloadStore {
    /// A transaction on the database's own thread. One that was begun is not given up with the task that asked for it: what
    /// a receiver took must be removed. Throws `SQLITE_MISUSE` once the store is closed,
    /// as one queue may close a damaged store that another is about to use.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        let database = database
        return try await thread.run { [files] in
            do {
                return try database.writeWithoutTransaction { try $0.transaction(.immediate, body) }
            } catch {
                files.lookHowMuchIsFree()
                throw error
            }
        }
    }

    /// A read transaction, likewise; a write in it is undone and an error. Not GRDB's `read`, which ends the process if the
    /// database is closed.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        let database = database
        return try await thread.run {
            try database.writeWithoutTransaction { database in
                try database.requireOpen()
                return try database.transaction(.deferred) { database in
                    // Not GRDB's `readOnly` either: SQLite prepares all statements anew after PRAGMA query_only.
                    let changes = database.totalChangesCount
                    let value = try body(database)
                    guard database.totalChangesCount == changes else {
                        throw DatabaseError(resultCode: .SQLITE_READONLY, message: "what only reads has written")
                    }
                    return value
                }
            }
        }
    }
}
