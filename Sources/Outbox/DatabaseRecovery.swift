import FoundationEssentials
import GRDB
import Telemetry

/// Saves what can be read of a damaged database, which is kept beside the new one.
enum DatabaseRecovery {
    /// What was done.
    struct Outcome {
        let store: PayloadStore
        /// Where the damaged file is now.
        let path: String
        /// How many payloads were saved.
        let recovered: Int
    }

    /// Whether an error says that the file is no sound database.
    static func isDamage(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB
    }

    /// Moves a damaged database aside and makes a new one of what it still gives. Blocks.
    static func recover(path: String, at now: Timestamp) throws -> Outcome {
        let aside = "\(path).damaged-\(now.microseconds / 1_000_000)"
        for suffix in ["", "-wal", "-shm"] {
            let file = path + suffix
            guard FileManager.default.fileExists(atPath: file) else { continue }
            if FileManager.default.fileExists(atPath: aside + suffix) {
                try FileManager.default.removeItem(atPath: aside + suffix)
            }
            try FileManager.default.moveItem(atPath: file, toPath: aside + suffix)
        }
        let store = try PayloadStore(path: path)
        let saved = readable(aside)
        try store.appendBlocking(saved)
        return Outcome(store: store, path: aside, recovered: saved.reduce(0) { $0 + $1.payloads.count })
    }

    /// Every payload that can still be read, by queue, in order: row by row, as one bad page must not cost the others.
    private static func readable(_ path: String) -> [(identity: String, payloads: [Payload])] {
        var rows: [Int64: (identity: String, position: Double, payload: Payload)] = [:]
        do {
            let database = try DatabaseQueue(path: path)
            try database.writeWithoutTransaction { database in
                let names = try identities(database)
                var id: Int64 = 0
                var step: Int64 = 1
                // A bad page hides a run of rows: look behind it in growing steps.
                while step < 1 << 40 {
                    do {
                        guard
                            let row = try Row.fetchOne(
                                database, sql: "SELECT * FROM payload WHERE id > ? ORDER BY id LIMIT 1", arguments: [id]
                            )
                        else { break }
                        step = 1
                        id = row["id"]
                        guard let queue = Int64.fromDatabaseValue(row["queue"]), let identity = names[queue],
                            let position = Double.fromDatabaseValue(row["position"]),
                            let first = Int64.fromDatabaseValue(row["first"]),
                            let last = Int64.fromDatabaseValue(row["last"]),
                            let samples = Int.fromDatabaseValue(row["samples"]),
                            let size = Int.fromDatabaseValue(row["size"]),
                            let body = Data.fromDatabaseValue(row["body"]), body.count == size
                        else { continue }
                        rows[id] = (
                            identity, position,
                            Payload(
                                body: [UInt8](body), samples: samples, first: Timestamp(microseconds: first),
                                last: Timestamp(microseconds: last))
                        )
                    } catch {
                        id += step
                        step *= 2
                    }
                }
            }
        } catch {
            // Not even the schema can be read: there is nothing to save.
            return []
        }
        let byQueue = Dictionary(grouping: rows.values, by: \.identity)
        return byQueue.sorted { $0.key < $1.key }.map { identity, rows in
            (identity, rows.sorted { $0.position < $1.position }.map(\.payload))
        }
    }

    private static func identities(_ database: Database) throws -> [Int64: String] {
        var names: [Int64: String] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT id, identity FROM queue") {
            names[row["id"]] = row["identity"]
        }
        return names
    }
}
