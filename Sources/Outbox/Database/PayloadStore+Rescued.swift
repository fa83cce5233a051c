import GRDB

// What was saved of a damaged database.
extension PayloadStore {
    /// Fills a store that nobody uses yet with what was saved of a damaged one, in one transaction. Blocks. `above` is a
    /// row number that must not be used again, and so is what `body` gives. `add` is false for a payload that is there
    /// already, and for one whose row number no row has had.
    func fill(above: Int64, _ body: (_ add: (Rescued) throws -> Bool) throws -> Int64) throws {
        try database.write { database in
            var last = above
            let newest = try body { rescued in
                switch rescued.place {
                case .queue(let id, let position):
                    guard try Self.isFree(id, in: "payload", database) else { return false }
                    last = max(last, id)
                    let isSound = position > 0 && position <= Double(Self.lastID / 2)
                    try Self.insert(
                        rescued.packed, id: id, queue: Self.queue(rescued.identity, database),
                        position: isSound ? position : Double(id), database)
                case .quarantine(let id, let at, let reason):
                    guard try Self.isFree(id, in: "quarantine", database) else { return false }
                    try Self.insert(
                        QuarantinedPayload(packed: rescued.packed, at: at, reason: reason), id: id,
                        queue: Self.queue(rescued.identity, database), database)
                }
                return true
            }
            if (1...Self.lastID / 2).contains(newest) { last = max(last, newest) }
            // The newest rows may be among those that are lost.
            try database.execute(sql: "DELETE FROM sqlite_sequence WHERE name = 'payload'")
            try database.execute(
                sql: "INSERT INTO sqlite_sequence (name, seq) VALUES ('payload', ?)", arguments: [last + (1 << 20)])
        }
    }

    private static func isFree(_ id: Int64, in table: String, _ database: Database) throws -> Bool {
        guard (1...lastID / 2).contains(id) else { return false }
        return try Int.fetchOne(database, sql: "SELECT 1 FROM \(table) WHERE id = ?", arguments: [id]) == nil
    }
}
