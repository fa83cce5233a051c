import Foundation
import Fuzzing
import GRDB
import Telemetry
import Testing

@testable import Outbox

/// What is read of a damaged database's pages without SQLite.
@Suite(.timeLimit(.minutes(5))) struct DatabasePagesTests {
    /// Whether the long tests are wanted (`Tests/run.sh --full`).
    private static let isFull = ProcessInfo.processInfo.environment["AEROSTAT_TEST_FULL"] != nil

    @Test func findsInASoundDatabaseWhatSQLiteDoes() async throws {
        let database = try await StoredDatabase.make()
        let found = try StoredDatabase.rescue(database.bytes)
        #expect(found.entries == database.entries)
        #expect(found.doubled == 0 && found.unreadable == 0)
        #expect(database.entries.count > 100 && database.entries.keys.contains(where: \.isAside))
        // The fixture has what the other tests are about.
        let kinds = (1...database.pageCount).map { BTreePage.kind(Array(database.page($0)), number: $0) }
        for kind in [BTreePage.Kind.tableInterior, .tableLeaf, .indexInterior, .indexLeaf] {
            #expect(kinds.contains(kind), "\(kind)")
        }
        let bench = try Bench()
        try Data(database.bytes).write(to: URL(filePath: bench.database))
        let file = try #require(try DatabaseFile(path: bench.database))
        let map = PointerMap(file)
        let free = (1...database.pageCount).filter { map.use(of: $0) == .free }
        #expect(free.contains { kinds[$0 - 1] == .tableLeaf }, "a free page with rows that were removed")
        #expect(FreeList(file).isSound && Trees(file, map).isSound)
        #expect(free.allSatisfy { FreeList(file).vote(on: $0) == -1 && Trees(file, map).vote(on: $0) == -1 })
        #expect((1...database.pageCount).contains { map.use(of: $0) == .overflow })
    }

    /// Whatever stands on a page instead of what belongs there: its own rows are lost, nothing else, and nothing comes
    /// back.
    @Test func onePageCostsNoOther() async throws {
        let database = try await StoredDatabase.make()
        var random = SplitMix(seed: 1)
        let bench = try Bench()
        try Data(database.bytes).write(to: URL(filePath: bench.database))
        let used = PagesInUse(try #require(try DatabaseFile(path: bench.database)))
        let full = used.tableLeaves + used.indexPages
        for number in 1...database.pageCount {
            let noise = (0..<StoredDatabase.pageSize).map { _ in UInt8.random(in: 0...255, using: &random) }
            let other = try #require(full.randomElement(using: &random))
            let contents: [(String, [UInt8])] = [
                ("zeros", [UInt8](repeating: 0, count: StoredDatabase.pageSize)),
                ("0xA5", [UInt8](repeating: 0xA5, count: StoredDatabase.pageSize)),
                ("0x02", [UInt8](repeating: 0x02, count: StoredDatabase.pageSize)), ("noise", noise),
                ("page \(other)", Array(database.page(other))),
            ]
            for (what, content) in contents {
                // A page that stands twice has its rows twice, with one row number.
                expect(
                    try StoredDatabase.rescue(database.replacing(number, with: content)), of: database,
                    losing: [number], "page \(number) is \(what)", mayDouble: what.hasPrefix("page"))
            }
        }
    }

    /// A page that claims more rows than it has still has the bytes of rows that were removed, and the places of some.
    @Test func rowsThatWereRemovedStayAway() async throws {
        let database = try await StoredDatabase.make()
        for number in 3...database.pageCount where database.page(number).first == BTreePage.Kind.tableLeaf.rawValue {
            let page = Array(database.page(number))
            for extra in [1, 8] {
                var claiming = page
                claiming[4] = UInt8(truncatingIfNeeded: Int(page.half(at: 3)) + extra)
                let found = try StoredDatabase.rescue(database.replacing(number, with: claiming))
                #expect(found.entries == database.entries, "page \(number) claims \(extra) more")
                #expect(found.doubled == 0, "page \(number) claims \(extra) more")
            }
        }
    }

    /// Each bit costs the rows of its page at most.
    @Test(arguments: 0..<(isFull ? 3000 : 300)) func aBitCostsNoMoreThanItsPage(seed: Int) async throws {
        let database = try await StoredDatabase.shared.value
        var random = SplitMix(seed: seed)
        var bytes = database.bytes
        var hit: Set<Int> = []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let page = Int.random(in: 1...database.pageCount, using: &random)
            hit.insert(page)
            // The heads of pages say the most, and on the first two stands what is about others.
            let number = seed % 4 == 3 ? page % 2 + 1 : page
            hit.insert(number)
            let offset = Int.random(in: 0..<(seed % 2 == 0 ? 40 : StoredDatabase.pageSize), using: &random)
            bytes[(number - 1) * StoredDatabase.pageSize + offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        }
        expect(
            try StoredDatabase.rescue(bytes), of: database, losing: hit, "seed \(seed)", isBit: true)
    }

    private func expect(
        _ found: (entries: [StoredDatabase.Entry: [UInt8]], doubled: Int, unreadable: Int), of database: StoredDatabase,
        losing pages: Set<Int>, _ comment: String, mayDouble: Bool = false, isBit: Bool = false
    ) {
        let lost = database.entries.filter { found.entries[$0.key] != $0.value }
        for (entry, _) in lost {
            let places = database.places[entry] ?? []
            #expect(!places.isDisjoint(with: pages), "\(comment): \(entry) of pages \(places.sorted()) is lost")
        }
        if !mayDouble { #expect(found.doubled == 0, "\(comment): doubled") }
        // A bit in a row's number or its queue's moves that row, whose bytes are still its own.
        let bodies = Set(database.entries.values)
        for (entry, body) in found.entries where database.entries[entry] == nil {
            #expect(isBit && bodies.contains(body), "\(comment): \(entry) is made up, or was removed")
        }
    }

    /// The newest transactions are in the log, and rows that they removed are still in the file.
    @Test func theLogStandsBeforeTheFile() async throws {
        let bench = try Bench()
        let store = try PayloadStore(path: bench.database)
        try await store.append([("a", (0..<50).map { Payload($0, size: 3000) })])
        _ = try await store.database.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        try await store.append([("a", [Payload(50, size: 3000)])])
        try await store.remove(Set(1...30))
        let file = [UInt8](try Data(contentsOf: URL(filePath: bench.database)))
        let log = try Data(contentsOf: URL(filePath: bench.database + "-wal"))
        try store.close()
        let found = try StoredDatabase.rescue(file, log: log)
        #expect(Set(found.entries.keys.map(\.id)) == Set(31...51))
    }

    /// The names of queues stand on two pages; without both, payloads are kept apart under a name that tells so.
    @Test func aQueueWithoutANameIsKept() async throws {
        let database = try await StoredDatabase.make()
        var bytes = database.bytes
        let named = (1...database.pageCount).filter { number in
            let page = Array(database.page(number))
            guard let tree = BTreePage(page, number: number) else { return false }
            return tree.cells.contains { cell in
                TableRow(cell, on: page)?.table == .queue
                    || DatabaseRecord(page, local: cell.local, size: cell.size)?.columns.count == 2
                        && tree.kind == .indexLeaf
            }
        }
        #expect(named.count == 2)
        for number in named {
            bytes.replaceSubrange(
                (number - 1) * StoredDatabase.pageSize..<number * StoredDatabase.pageSize,
                with: [UInt8](repeating: 0xFF, count: StoredDatabase.pageSize))
        }
        let found = try StoredDatabase.rescue(bytes)
        #expect(found.entries.count == database.entries.count)
        #expect(found.entries.keys.allSatisfy { $0.identity.hasSuffix("whose name is lost") })
        #expect(Set(found.entries.keys.map(\.identity)).count == 3)
    }
}

extension StoredDatabase {
    /// One for all tests that only read it.
    static let shared = Task { try await make() }
}
