import GRDB
import Telemetry
import Testing

@testable import Outbox

/// One queue closes a damaged store that others are using: theirs are errors, never the end of the process.
@Suite(.timeLimit(.minutes(2))) struct ClosedStoreTests {
    private func refusals(_ body: () async throws -> Void) async throws -> Int {
        do {
            try await body()
            return 0
        } catch let error as DatabaseError where error.resultCode == .SQLITE_MISUSE {
            return 1
        }
    }

    @Test(arguments: 0..<5) func readsAndWritesMeetAStoreThatIsClosedInMidFlight(_: Int) async throws {
        let bench = try Bench()
        let store = try PayloadStore(path: bench.database)
        try await store.append([("a", (0..<20).map { Payload($0) })])
        let refused = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<200 {
                group.addTask {
                    try await refusals {
                        switch number % 6 {
                        case 0: _ = try await store.head("a", except: [])
                        case 1: try await store.append([("b", [Payload(1000 + number)])])
                        case 2: _ = try await store.contents()
                        case 3: try await store.remove([Int64(number % 20)])
                        case 4: _ = try await store.version()
                        default: _ = try await store.quarantined()
                        }
                    }
                }
                if number == 100 || number == 150 {
                    group.addTask {
                        try store.close()
                        return 0
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(refused > 0)
        // It stays so, whatever is asked.
        #expect(try await refusals { _ = try await store.head("a", except: []) } == 1)
        #expect(try await refusals { try await store.append([("a", [Payload(0)])]) } == 1)
        #expect(try await refusals { try await store.retry([1]) } == 1)
        #expect(
            try await refusals {
                _ = try await store.drop("a", freeing: .max, olderThan: nil, sparing: [], sparesOldest: false)
            } == 1)
        try store.close()
    }

    @Test func whatAnOperatorAsksOfAClosedOutboxIsAnError() async throws {
        let bench = try Bench()
        try PayloadStore(path: bench.database).close()
        let stored = try #require(try StoredOutbox(directory: bench.directory))
        try stored.close()
        try stored.close()
        await #expect(throws: OutboxError.self) { try await stored.queues() }
        await #expect(throws: OutboxError.self) { try await stored.rejected() }
        await #expect(throws: OutboxError.self) { try await stored.retry([1]) }
        await #expect(throws: OutboxError.self) { try await stored.dropWaiting(in: "a") }
    }

    /// A transaction that throws leaves the store as it was, and open.
    @Test func anErrorInATransactionGivesItUp() async throws {
        let bench = try Bench()
        let store = try PayloadStore(path: bench.database)
        try await store.append([("a", [Payload(0)])])
        await #expect(throws: CancellationError.self) {
            try await store.write { database in
                try database.execute(sql: "DELETE FROM payload")
                throw CancellationError()
            }
        }
        await #expect(throws: DatabaseError.self) {
            try await store.read { try $0.execute(sql: "DELETE FROM payload") }
        }
        #expect(try await store.head("a", except: []).payload?.id == 1)
        try store.close()
    }
}
