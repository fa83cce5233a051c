import GRDB
import Telemetry

// What another database still holds.
extension PayloadStore {
    /// What came of an adoption.
    struct Adopted: Sendable {
        /// Payloads that were added to the queues.
        var payloads = 0
        /// Payloads whose number was taken: their old numbers and their new ones.
        var renumbered: [Int64: Int64] = [:]
        /// Rows that the old database was not to give, and that stand here too.
        var settled: Set<Int64> = []

        mutating func add(_ other: Adopted) {
            payloads += other.payloads
            renumbered.merge(other.renumbered) { $1 }
            settled.formUnion(other.settled)
        }
    }

    /// Adds what another database, whose files may have no name any more, still holds: all or nothing of what can be read. A
    /// payload that is here already, in a row of the same number, is not added again. Rows of `settled` are left out;
    /// those of `rejections` go to quarantine. Blocks.
    func adopt(
        from old: PayloadStore, except settled: Set<Int64>, rejections: [Int64: PayloadQueue.Rejection]
    ) throws -> Adopted {
        try old.database.writeWithoutTransaction { source in
            try source.requireOpen()
            let queues = try Row.fetchAll(source, sql: "SELECT id, identity FROM queue")
            let waiting = try Int64.fetchAll(source, sql: "SELECT id FROM payload ORDER BY queue, position")
            let refused = try Int64.fetchAll(source, sql: "SELECT id FROM quarantine ORDER BY id")
            return try database.write { target in
                var adopted = Adopted()
                var names: [Int64: String] = [:]
                for row in queues { names[try row.value("id")] = try row.value("identity") }
                // Numbers that were used in either are not used again.
                let last = try max(Self.lastNumber(source), Self.lastNumber(target))
                var next = last
                for id in waiting {
                    guard let row = Self.row(id, of: "payload", source), let queue = names[row["queue"]] else {
                        continue
                    }
                    let payload = try StoredPayload(row: row)
                    let here = Self.row(id, of: "payload", target)
                    let isHere = try here.map { try StoredPayload(row: $0).packed == payload.packed } ?? false
                    guard !settled.contains(id) else {
                        if isHere { adopted.settled.insert(id) }
                        continue
                    }
                    if let rejection = rejections[id] {
                        try Self.insert(
                            QuarantinedPayload(packed: payload.packed, at: rejection.at, reason: rejection.reason),
                            id: nil, queue: Self.queue(queue, target), target)
                        if isHere { try target.execute(sql: "DELETE FROM payload WHERE id = ?", arguments: [id]) }
                        continue
                    }
                    guard !isHere else { continue }
                    var number = id
                    if here != nil {
                        next += 1
                        number = next
                        adopted.renumbered[id] = number
                    }
                    try Self.insert(
                        payload.packed, id: number, queue: Self.queue(queue, target), position: payload.position, target
                    )
                    adopted.payloads += 1
                }
                for id in refused {
                    guard let row = Self.row(id, of: "quarantine", source), let queue = names[row["queue"]] else {
                        continue
                    }
                    let payload = try QuarantinedPayload(
                        packed: PackedPayload(row: row), at: Timestamp(microseconds: row.value("at")),
                        reason: row.value("reason"))
                    let here = Self.row(id, of: "quarantine", target)
                    if let here, try PackedPayload(row: here) == payload.packed { continue }
                    try Self.insert(payload, id: here == nil ? id : nil, queue: Self.queue(queue, target), target)
                }
                try target.execute(sql: "DELETE FROM sqlite_sequence WHERE name = 'payload'")
                try target.execute(
                    sql: "INSERT INTO sqlite_sequence (name, seq) VALUES ('payload', ?)", arguments: [max(last, next)])
                return adopted
            }
        }
    }

    /// A row; `nil` if there is none, or it cannot be read: the others may.
    private static func row(_ id: Int64, of table: String, _ database: Database) -> Row? {
        do {
            return try Row.fetchOne(database, sql: "SELECT * FROM \(table) WHERE id = ?", arguments: [id])
        } catch {
            return nil
        }
    }

    private static func lastNumber(_ database: Database) throws -> Int64 {
        try max(
            Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'payload'") ?? 0,
            Int64.fetchOne(database, sql: "SELECT max(id) FROM payload") ?? 0)
    }
}
