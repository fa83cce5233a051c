import GRDB
import Testing

@testable import Outbox

/// A removal brings what is to be sent next, so that each of many that wait costs one transaction.
@Suite(.timeLimit(.minutes(2))) struct RemovalTests {
    private func rows(_ store: PayloadStore) async throws -> [Int64] {
        try await store.read { try Int64.fetchAll($0, sql: "SELECT id FROM payload ORDER BY id") }
    }

    @Test func theOldestOfTheRestComesWithIt() async throws {
        let bench = try Bench()
        let store = try PayloadStore(path: bench.database)
        try await store.append([("a", (0..<4).map { Payload($0) }), ("b", [Payload(9)])])
        let next = try #require(try await store.remove([1], headOf: "a", except: [2]))
        #expect(try next.payload?.packed.unpacked() == Payload(2))
        #expect(next.version == (try await store.version()))
        let none = try #require(try await store.remove([2, 3, 4], headOf: "a", except: []))
        #expect(none.payload == nil)
        #expect(try await rows(store) == [5])
        try store.close()
    }

    @Test func whatIsNextAndCannotBeReadKeepsNothingFromGoing() async throws {
        let bench = try Bench()
        let store = try PayloadStore(path: bench.database)
        try await store.append([("a", [Payload(0), Payload(1)])])
        try await store.write { database in
            try database.execute(sql: "PRAGMA ignore_check_constraints = ON")
            try database.execute(sql: "UPDATE payload SET samples = 'none' WHERE id = 2")
        }
        #expect(try await store.remove([1], headOf: "a", except: []) == nil)
        #expect(try await rows(store) == [2])
        await #expect(throws: DatabaseError.self) { try await store.head("a", except: []) }
        try store.close()
    }

    /// Limits drop from the beginning of the queue while its beginning is being sent.
    @Test(arguments: 0..<3) func nothingIsBothSentAndDroppedWhileManyWait(round: Int) async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: .retry(after: nil, reason: "not yet"))
        // Some dozens of payloads.
        let limits = OutboxLimits(maxBytes: 4000 + 1000 * round, maxAge: nil)
        let outbox = try await bench.open(publisher, limits: limits)
        let count = 400
        for number in 0..<100 { await outbox.handOver(Payload(number)) }
        publisher.answerAlways(.delivered)
        for number in 100..<count { await outbox.handOver(Payload(number)) }
        let end = try await outbox.snapshot { $0.payloads == 0 && $0.delivered + $0.droppedSamples >= count }
        #expect(end.delivered + end.droppedSamples == count && end.droppedSamples > 0 && end.bytes == 0)
        await outbox.stop(within: .seconds(60))
        let taken = publisher.taken.flatMap(\.self)
        #expect(taken == taken.sorted() && Set(taken).count == taken.count)
        #expect(taken.count + bench.droppedSamples == count)
        #expect(try await bench.stored() == [])
    }

    /// What an operator has put back while many wait goes first, and is counted.
    @Test func whatWasPutBackMeanwhileIsNext() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: nil, .rejected(reason: "no"))
        let outbox = try await bench.open(publisher)
        await outbox.handOver([("a", (0..<5).map { Payload($0) })])
        await publisher.attempts(2)
        let stored = try #require(try StoredOutbox(directory: bench.directory))
        let rejected = try await stored.rejected()
        #expect(rejected.count == 1)
        try await stored.retry(rejected.map(\.id))
        try stored.close()
        publisher.answer(.delivered)
        await publisher.attempts(3)
        let meanwhile = try await outbox.snapshot()
        #expect(meanwhile.payloads == 4 && meanwhile.quarantined == 0)
        publisher.answerAlways(.delivered)
        await publisher.takes(5)
        await outbox.stop(within: .seconds(60))
        #expect(publisher.taken == singles([1, 0, 2, 3, 4]))
    }
}
