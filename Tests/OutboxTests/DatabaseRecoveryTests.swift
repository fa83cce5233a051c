import Foundation
import Fuzzing
import Telemetry
import Testing

@testable import Outbox

@Suite(.serialized, .timeLimit(.minutes(5))) struct DatabaseRecoveryTests {
    /// Large enough to fill a page of the database each.
    private static let originals = (0..<60).map { Payload($0, size: 3000) }
    private static let pageSize = 4096
    /// Whether the long tests are wanted (`Tests/run.sh --full`).
    private static let isFull = ProcessInfo.processInfo.environment["AEROSTAT_TEST_FULL"] != nil

    private func makeDatabase() async throws -> Data {
        let bench = try Bench()
        let store = try PayloadStore(path: bench.database)
        try await store.append(
            Self.originals.enumerated().map { index, payload in (index % 2 == 0 ? "a" : "b", [payload]) })
        try store.close()
        return try Data(contentsOf: URL(filePath: bench.database))
    }

    /// Opens an outbox on those bytes, lets it deliver, hands over one payload more, and gives what arrived of a and b.
    private func survive(_ bytes: Data, wal: Data? = nil, index: Data? = nil, _ comment: String) async throws -> (
        Bench, [Payload], [Payload]
    ) {
        let bench = try Bench()
        try bytes.write(to: URL(filePath: bench.database))
        if let wal { try wal.write(to: URL(filePath: bench.database + "-wal")) }
        if let index { try index.write(to: URL(filePath: bench.database + "-shm")) }
        let a = ScriptedPublisher("a")
        let b = ScriptedPublisher("b")
        let outbox = try await bench.open(a, b)
        await outbox.handOver(Payload(1000))
        await a.state.wait { $0.taken.last == Payload(1000) }
        await outbox.stop(within: .seconds(60))
        #expect(a.state.value.taken.last == Payload(1000), "\(comment): the agent goes on")
        let again = try await bench.open(a, b)
        await again.stop(within: .seconds(60))
        #expect(Set(a.state.value.taken).count == a.state.value.taken.count, "\(comment): nothing is doubled")
        return (bench, a.state.value.taken.dropLast(), b.state.value.taken)
    }

    private func damage(_ bench: Bench) -> (path: String, recovered: Int)? {
        for case .databaseDamaged(let path, _, let recovered, _) in bench.events.value { return (path, recovered) }
        return nil
    }

    private func expectSubsetInOrder(_ payloads: [Payload], _ comment: String) {
        let known = Set(Self.originals)
        #expect(payloads.allSatisfy { known.contains($0) }, "\(comment): nothing is made up")
        let numbers = payloads.map(\.numbers.lowerBound)
        #expect(numbers == numbers.sorted(), "\(comment): order is kept")
    }

    @Test func aSoundDatabaseIsLeftAlone() async throws {
        let (bench, a, b) = try await survive(makeDatabase(), "sound")
        #expect(damage(bench) == nil)
        #expect(a.count == 30 && b.count == 30)
    }

    /// Each page in turn is overwritten, also the header, the schema, the pointer map and the roots of tables: only the
    /// payload on it is lost, nothing if the page holds none.
    @Test func losesOnlyWhatStoodOnABadPage() async throws {
        let database = try await makeDatabase()
        var leaves = 0
        for page in 0..<(database.count / Self.pageSize) {
            let range = page * Self.pageSize..<(page + 1) * Self.pageSize
            let victims = Self.originals.filter { database.range(of: Data($0.body), in: range) != nil }
            leaves += victims.count
            var broken = database
            broken.replaceSubrange(range, with: [UInt8](repeating: 0xA5, count: Self.pageSize))
            let (bench, a, b) = try await survive(broken, "page \(page)")
            let all = Set(a + b)
            #expect(Set(Self.originals).subtracting(all) == Set(victims), "page \(page)")
            expectSubsetInOrder(a, "page \(page)")
            expectSubsetInOrder(b, "page \(page)")
            let found = try #require(damage(bench), "page \(page) is reported")
            #expect(found.recovered == Self.originals.count - victims.count)
            #expect(try Data(contentsOf: URL(filePath: found.path)).count >= broken.count, "the damaged file is kept")
        }
        #expect(leaves == Self.originals.count)
    }

    @Test(arguments: 0..<(Self.isFull ? 40 : 10)) func survivesTruncation(seed: Int) async throws {
        var random = SplitMix(seed: seed)
        let database = try await makeDatabase()
        let length = seed == 0 ? 0 : Int.random(in: 1..<database.count, using: &random)
        let (bench, a, b) = try await survive(database.prefix(length), "length \(length)")
        expectSubsetInOrder(a, "length \(length)")
        expectSubsetInOrder(b, "length \(length)")
        if length > 0 { #expect(damage(bench) != nil) }
        // What is before the cut can be read, but for the last page.
        let whole = Self.originals.filter { payload in
            guard let range = database.range(of: Data(payload.body)) else { return false }
            return (range.upperBound / Self.pageSize + 1) * Self.pageSize <= length
        }
        #expect(Set(whole).isSubset(of: Set(a + b)), "length \(length)")
    }

    @Test(arguments: 0..<(Self.isFull ? 300 : 60)) func survivesFlippedBits(seed: Int) async throws {
        var random = SplitMix(seed: seed)
        var database = try await makeDatabase()
        // A third of the seeds hits the header and the schema, a third the heads of pages and cells.
        let flips = Int.random(in: 1...12, using: &random)
        for _ in 0..<flips {
            let offset =
                switch seed % 3 {
                case 0: Int.random(in: 0..<database.count, using: &random)
                case 1: Int.random(in: 0..<Self.pageSize, using: &random)
                default:
                    Int.random(in: 0..<database.count / Self.pageSize, using: &random) * Self.pageSize
                        + Int.random(in: 0..<64, using: &random)
                }
            database[offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        }
        let (_, a, b) = try await survive(database, "seed \(seed)")
        #expect(Set(a + b).isSubset(of: Self.originals), "seed \(seed): nothing is made up")
        // Whatever page a flip hits, it costs the rows of one leaf at most, and here each has one.
        #expect(Set(a + b).intersection(Self.originals).count >= Self.originals.count - flips, "seed \(seed)")
    }

    /// A bit flips in a payload, which SQLite has no way to notice.
    @Test(arguments: 0..<10) func aPayloadThatHasChangedIsNeverSent(seed: Int) async throws {
        var random = SplitMix(seed: seed)
        var database = try await makeDatabase()
        let victim = try #require(Self.originals.randomElement(using: &random))
        let range = try #require(database.range(of: Data(victim.body)))
        database[Int.random(in: range, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        let (bench, a, b) = try await survive(database, "seed \(seed)")
        #expect(Set(a + b) == Set(Self.originals).subtracting([victim]))
        #expect(damage(bench)?.recovered ?? 0 < Self.originals.count, "it is reported")
    }

    @Test(arguments: 0..<20) func survivesWhatIsNoDatabase(seed: Int) async throws {
        var random = SplitMix(seed: seed)
        let length = [1, 16, 100, 512, 4096, 50_000][seed % 6]
        var garbage = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
        if seed % 2 == 1 {
            garbage.replaceSubrange(0..<min(16, length), with: Array("SQLite format 3\0".utf8).prefix(length))
        }
        let (_, a, b) = try await survive(Data(garbage), "garbage \(seed)")
        #expect(a.isEmpty && b.isEmpty)
    }

    @Test(arguments: 0..<40) func survivesADamagedWAL(seed: Int) async throws {
        var random = SplitMix(seed: seed)
        let live = try Bench()
        let store = try PayloadStore(path: live.database)
        for payload in Self.originals.prefix(20) { try await store.append([("a", [payload])]) }
        let database = try Data(contentsOf: URL(filePath: live.database))
        var wal = try Data(contentsOf: URL(filePath: live.database + "-wal"))
        try store.close()
        if seed % 2 == 0 {
            wal = wal.prefix(Int.random(in: 0..<wal.count, using: &random))
        } else {
            wal[Int.random(in: 0..<wal.count, using: &random)] ^= 0x10
        }
        let (bench, a, _) = try await survive(database, wal: wal, "WAL \(seed)")
        if seed % 2 == 0 {
            // Its frames have checksums: everything before the cut is there, in order and unchanged.
            #expect(a == Array(Self.originals.prefix(a.count)), "WAL \(seed)")
        } else if damage(bench) != nil {
            expectSubsetInOrder(a, "WAL \(seed)")
            #expect(a.count >= 19, "WAL \(seed): what is behind the damaged frame is saved too")
        } else {
            // In the last transaction: it looks as if a power cut had torn it.
            #expect(a == Array(Self.originals.prefix(19)) || a == Array(Self.originals.prefix(20)), "WAL \(seed)")
        }
    }

    /// After a kill the index beside the log says how much there was.
    @Test(arguments: 0..<20) func aLogThatIsShorterThanItWasIsTold(seed: Int) async throws {
        var random = SplitMix(seed: seed)
        let live = try Bench()
        let store = try PayloadStore(path: live.database)
        for payload in Self.originals.prefix(20) { try await store.append([("a", [payload])]) }
        let database = try Data(contentsOf: URL(filePath: live.database))
        let wal = try Data(contentsOf: URL(filePath: live.database + "-wal"))
        let index = try Data(contentsOf: URL(filePath: live.database + "-shm"))
        try store.close()
        let sound = try await survive(database, wal: wal, index: index, "sound")
        #expect(damage(sound.0) == nil)
        #expect(sound.1 == Array(Self.originals.prefix(20)))
        let cut = wal.prefix(Int.random(in: 64..<wal.count, using: &random))
        let (bench, a, _) = try await survive(database, wal: cut, index: index, "cut \(cut.count)")
        #expect(damage(bench) != nil, "cut at \(cut.count) of \(wal.count)")
        #expect(a == Array(Self.originals.prefix(a.count)), "cut at \(cut.count)")
    }

    @Test func recoversTheQuarantineToo() async throws {
        let live = try Bench()
        let store = try PayloadStore(path: live.database)
        try await store.append([("a", Self.originals)])
        let first = try #require(try await store.head("a", except: []).payload)
        try await store.quarantine(first.id, reason: "400", at: Bench.now)
        try store.close()
        var database = try Data(contentsOf: URL(filePath: live.database))
        let hit = try #require(database.range(of: Data(Self.originals[30].body))).lowerBound / Self.pageSize
        database.replaceSubrange(
            hit * Self.pageSize..<(hit + 1) * Self.pageSize, with: [UInt8](repeating: 0xFF, count: Self.pageSize))
        let bench = try Bench()
        try database.write(to: URL(filePath: bench.database))
        let outbox = try await bench.open(ScriptedPublisher())
        #expect(try await outbox.snapshot().quarantined == 1)
        #expect(damage(bench)?.recovered == 58)
        await outbox.stop(within: .seconds(60))
    }

    /// The file is damaged under a running agent while a payload is in flight.
    @Test func survivesDamageWhileItRuns() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(publisher)
        // More than SQLite keeps in its cache.
        await outbox.handOver([("a", (0..<1500).map { Payload($0, size: 3000) })])
        await publisher.attempts(1)
        for suffix in ["", "-wal"] {
            let file = try FileHandle(forUpdating: URL(filePath: bench.database + suffix))
            let length = try file.seekToEnd()
            try file.seek(toOffset: 0)
            try file.write(contentsOf: [UInt8](repeating: 0x5A, count: Int(length)))
            try file.close()
        }
        publisher.answerAlways(.delivered)
        // What is written before the damage is noticed may go to the damaged part.
        await outbox.handOver(Payload(1999, size: 3000))
        await bench.events.wait { $0.contains { if case .databaseDamaged = $0 { true } else { false } } }
        for number in 2000..<2100 { await outbox.handOver(Payload(number, size: 3000)) }
        await publisher.state.wait { $0.taken.last?.numbers == 2099..<2100 }
        await outbox.stop(within: .seconds(60))
        let taken = publisher.taken.map(\.lowerBound)
        #expect(Array(taken.suffix(100)) == Array(2000..<2100), "nothing that came after the report is lost")
        #expect(taken == taken.sorted())
        #expect(damage(bench) != nil)
    }
}
