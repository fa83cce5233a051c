import FoundationEssentials
import GRDB
import Telemetry

/// Saves what can be read of a damaged database, which is kept beside the new one.
enum DatabaseRecovery {
    /// What was done.
    struct Outcome: Sendable {
        let store: PayloadStore
        /// Where the damaged file is now.
        let path: String
        /// How many payloads were saved, without those in quarantine.
        let recovered: Int
        /// How many payloads of queues were found, but not as they had been written.
        let unreadable: Int
    }

    /// Moves a damaged database aside and makes a new one of what it still gives. Blocks. `above` is a row number that
    /// the new one must not use again. If this fails, the damaged one is where it was.
    static func recover(path: String, at now: Timestamp, above: Int64) throws -> Outcome {
        let aside = unused("\(path).damaged-\(now.microseconds / 1_000_000)")
        try move(path, to: aside)
        do {
            let store = try PayloadStore(path: path)
            var found = (recovered: 0, unreadable: 0)
            // What is behind a damaged frame of the log can be read, but not by SQLite.
            let salvaged = WriteAheadLog.salvage(of: aside, into: "\(path).salvage")
            try store.fill(above: above) { add in
                found = try rescue(from: salvaged ?? aside, add)
            }
            if let salvaged { try remove(salvaged) }
            return Outcome(store: store, path: aside, recovered: found.recovered, unreadable: found.unreadable)
        } catch {
            try remove("\(path).salvage")
            try remove(path)
            try move(aside, to: path)
            throw error
        }
    }

    private static let suffixes = ["", "-wal", "-shm"]

    private static func unused(_ path: String) -> String {
        var candidate = path
        var count = 1
        while suffixes.contains(where: { FileManager.default.fileExists(atPath: candidate + $0) }) {
            count += 1
            candidate = "\(path)-\(count)"
        }
        return candidate
    }

    private static func remove(_ path: String) throws {
        for suffix in suffixes where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.removeItem(atPath: path + suffix)
        }
    }

    private static func move(_ path: String, to other: String) throws {
        for suffix in suffixes where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.moveItem(atPath: path + suffix, toPath: other + suffix)
        }
    }

    /// Gives every payload that can still be read, and counts those of queues.
    private static func rescue(
        from path: String, _ add: (Rescued) throws -> Void
    ) throws -> (recovered: Int, unreadable: Int) {
        var count = 0
        var unreadable = 0
        do {
            var configuration = Configuration()
            configuration.prepareDatabase { database in
                // Without it SQLite reads nothing of a file that is shorter than its header says.
                try database.execute(sql: "PRAGMA writable_schema = ON")
            }
            let damaged = try DatabaseQueue(path: path, configuration: configuration)
            try damaged.writeWithoutTransaction { database in
                let names = try identities(database)
                try eachRow(of: "payload", database) { row in
                    guard let stored = sound({ try StoredPayload(row: row) }), isSound(stored.packed),
                        let identity = sound({ try row.value("queue") as Int64 }).flatMap({ names[$0] })
                    else {
                        unreadable += 1
                        return
                    }
                    try save(
                        Rescued(
                            identity: identity, place: .queue(id: stored.id, position: stored.position),
                            packed: stored.packed), add)
                    count += 1
                }
                try eachRow(of: "quarantine", database) { row in
                    guard let packed = sound({ try PackedPayload(row: row) }), isSound(packed),
                        let at = sound({ try row.value("at") as Int64 }),
                        let reason = sound({ try row.value("reason") as String }),
                        let identity = sound({ try row.value("queue") as Int64 }).flatMap({ names[$0] })
                    else { return }
                    try save(
                        Rescued(
                            identity: identity,
                            place: .quarantine(at: Timestamp(microseconds: at), reason: reason), packed: packed), add)
                }
            }
        } catch let error as Unsaved {
            throw error.cause
        } catch {
            // Not even the schema can be read: there is nothing more to save.
        }
        return (count, unreadable)
    }

    /// The new database did not take a payload, which is no fault of the damaged one.
    private struct Unsaved: Error {
        let cause: any Error
    }

    private static func save(_ rescued: Rescued, _ add: (Rescued) throws -> Void) throws {
        do { try add(rescued) } catch { throw Unsaved(cause: error) }
    }

    private static func sound<Value>(_ read: () throws -> Value) -> Value? {
        do { return try read() } catch { return nil }
    }

    /// A payload whose bytes have changed is not to be sent.
    private static func isSound(_ packed: PackedPayload) -> Bool {
        sound { try packed.unpacked() } != nil
    }

    /// Row by row, as one bad page must not cost the others.
    private static func eachRow(of table: String, _ database: Database, _ body: (Row) throws -> Void) throws {
        // Sought with >=, as looking for what is behind a row goes through that row's page.
        var id: Int64 = 1
        var misses = 0
        while true {
            do {
                guard
                    let row = try Row.fetchOne(
                        database, sql: "SELECT * FROM \(table) WHERE id >= ? ORDER BY id LIMIT 1", arguments: [id])
                else { return }
                let found: Int64 = try row.value("id")
                guard found >= id, found < .max else {
                    throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "rows out of order")
                }
                misses = 0
                id = found + 1
                try body(row)
            } catch let error as Unsaved {
                throw error
            } catch {
                // A bad page hides a run of rows: look behind each of them, and, after far more than a page's, in
                // growing steps.
                misses += 1
                let step: Int64 = misses < 10_000 ? 1 : 1 << (misses - 10_000)
                guard step < 1 << 40, case (let next, let overflow) = id.addingReportingOverflow(step), !overflow else {
                    return
                }
                id = next
            }
        }
    }

    private static func identities(_ database: Database) throws -> [Int64: String] {
        var names: [Int64: String] = [:]
        try eachRow(of: "queue", database) { row in
            names[try row.value("id")] = try row.value("identity") as String
        }
        return names
    }
}
