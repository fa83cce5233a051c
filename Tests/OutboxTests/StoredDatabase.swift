import Foundation
import GRDB
import Telemetry

@testable import Outbox

/// A database with pages of every kind: trees of two levels and of one, overflow chains, free pages with rows that were
/// removed, and removed rows on pages that are in use.
struct StoredDatabase {
    static let pageSize = DatabaseFile.pageSize
    static let queues: Set<String> = ["a", "b", "c"]

    /// What identifies a payload that is there.
    struct Entry: Hashable {
        let identity: String
        let id: Int64
        let isAside: Bool
    }

    let bytes: [UInt8]
    /// What is there.
    private(set) var entries: [Entry: [UInt8]] = [:]
    /// On which pages each payload has bytes of its body.
    private(set) var places: [Entry: Set<Int>] = [:]

    var pageCount: Int { bytes.count / Self.pageSize }

    /// Makes it.
    static func make() async throws -> StoredDatabase {
        let bench = try Bench()
        let store = try PayloadStore(path: bench.database)
        // As SQLite is built elsewhere than in Debian: what was removed is not overwritten.
        try await store.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA secure_delete = OFF") }
        let names = queues.sorted()
        var all: [Payload] = []
        for number in 0..<400 {
            let size = number % 80 == 39 ? 20_000 + number : number % 7 == 0 ? 3000 : 100 + number
            all.append(Payload(number, size: size))
        }
        // One row number after the other, in the order of the numbers.
        for payload in all {
            try await store.append([(names[payload.numbers.lowerBound % 3], [payload])])
        }
        for number in stride(from: 5, to: 400, by: 40) {
            try await store.quarantine(Int64(number), reason: "HTTP 400", at: Bench.now)
        }
        // Rows in the middle of pages, then pages as a whole.
        try await store.remove(Set((20..<400).filter { $0 % 10 == 7 }.map { Int64($0) }))
        try await store.write { database in
            try database.execute(sql: "DELETE FROM payload WHERE id BETWEEN 100 AND 150")
        }
        try store.close()
        return try StoredDatabase(path: bench.database)
    }

    private init(path: String) throws {
        bytes = Array(try Data(contentsOf: URL(filePath: path)))
        let database = try DatabaseQueue(path: path)
        let (waiting, aside) = try database.read { database in
            (
                try Row.fetchAll(
                    database, sql: "SELECT payload.id, identity, body FROM payload JOIN queue ON queue.id = queue"),
                try Row.fetchAll(
                    database, sql: "SELECT quarantine.id, identity, body FROM quarantine JOIN queue ON queue.id = queue"
                )
            )
        }
        try database.close()
        for (rows, isAside) in [(waiting, false), (aside, true)] {
            for row in rows {
                let entry = Entry(identity: try row.value("identity"), id: try row.value("id"), isAside: isAside)
                let body = [UInt8](try row.value("body") as Data)
                entries[entry] = body
            }
        }
        place()
    }

    /// On which pages the bodies are, looked for by pieces of what cannot be compressed. A page may have a payload's old
    /// bytes, too.
    private mutating func place() {
        var owners: [UInt64: Entry] = [:]
        for (entry, body) in entries {
            for offset in stride(from: 16, to: body.count - 16, by: 50) {
                owners[body[offset..<offset + 8].reduce(0) { $0 << 8 | UInt64($1) }] = entry
            }
        }
        var window: UInt64 = 0
        for (offset, byte) in bytes.enumerated() {
            window = window << 8 | UInt64(byte)
            if let owner = owners[window] { places[owner, default: []].insert(offset / Self.pageSize + 1) }
        }
    }

    func page(_ number: Int) -> ArraySlice<UInt8> {
        bytes[(number - 1) * Self.pageSize..<number * Self.pageSize]
    }

    /// The database with a page replaced.
    func replacing(_ number: Int, with page: some Collection<UInt8>) -> [UInt8] {
        var copy = bytes
        copy.replaceSubrange((number - 1) * Self.pageSize..<number * Self.pageSize, with: page)
        return copy
    }

    /// What the reader of pages finds in such a file.
    static func rescue(
        _ bytes: [UInt8], log: Data? = nil, known: Set<String> = queues
    ) throws -> (entries: [Entry: [UInt8]], doubled: Int, unreadable: Int) {
        let bench = try Bench()
        try Data(bytes).write(to: URL(filePath: bench.database))
        if let log { try log.write(to: URL(filePath: bench.database + "-wal")) }
        var entries: [Entry: [UInt8]] = [:]
        var doubled = 0
        let outcome = try DatabaseRecovery.rescue(
            from: bench.database, keptAs: "outbox.sqlite.damaged-1", known: known
        ) { rescued in
            let entry =
                switch rescued.place {
                case .queue(let id, _): Entry(identity: rescued.identity, id: id, isAside: false)
                case .quarantine(let id, _, _): Entry(identity: rescued.identity, id: id, isAside: true)
                }
            if entries.updateValue(rescued.packed.frame, forKey: entry) != nil { doubled += 1 }
            return true
        }
        return (entries, doubled, outcome.unreadable)
    }
}
