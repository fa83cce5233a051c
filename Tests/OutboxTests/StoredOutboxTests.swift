import Foundation
import Telemetry
import Testing

@testable import Outbox

/// What an operator sees and does, while an agent runs and while none does.
@Suite(.timeLimit(.minutes(2))) struct StoredOutboxTests {
    private static let down = Delivery.retry(after: nil, reason: "down")

    /// An outbox whose queue a has put 0 and 1..<3 aside, and in which 3 is under way and 4 waits.
    private func busy(_ bench: Bench) async throws -> (Outbox, ScriptedPublisher) {
        let publisher = ScriptedPublisher(
            "a", otherwise: nil, .rejected(reason: "400 zero"), .rejected(reason: "400 one and two"))
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0), Payload(1..<3), Payload(3), Payload(4))
        await publisher.attempts(3)
        return (outbox, publisher)
    }

    private func stored(_ bench: Bench) throws -> StoredOutbox {
        try #require(try StoredOutbox(directory: bench.directory))
    }

    @Test func listsWhatWaitsAndWhatWasPutAside() async throws {
        let bench = try Bench()
        let (outbox, publisher) = try await busy(bench)
        let stored = try stored(bench)
        let queue = try #require(try await stored.queues().first)
        #expect(queue.identity == "a")
        #expect(queue.payloads == 2 && queue.samples == 2 && queue.bytes == 128)
        #expect(queue.oldest == Timestamp(seconds: 3))
        #expect(queue.quarantined == 2 && queue.quarantinedSamples == 3)
        let rejected = try await stored.rejected()
        #expect(rejected.map(\.reason) == ["400 zero", "400 one and two"])
        #expect(rejected.map(\.samples) == [1, 2])
        #expect(rejected.map(\.first) == [Timestamp(seconds: 0), Timestamp(seconds: 1)])
        #expect(rejected.map(\.last) == [Timestamp(seconds: 0), Timestamp(seconds: 2)])
        #expect(rejected.allSatisfy { $0.at == Bench.now && $0.queue == "a" })
        let shown = try await stored.rejected(rejected[1].id)
        #expect(shown.body == Payload(1..<3).body)
        #expect(shown.payload == rejected[1])
        try stored.close()
        publisher.answerAlways(.delivered)
        await outbox.stop(within: .seconds(60))
    }

    /// Nothing waited, so what is polled next could be sent without a look at the disk.
    @Test func whatIsRetriedGoesBeforeWhatIsPolledNext() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher("a", .rejected(reason: "400"))
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0))
        _ = try await outbox.snapshot { $0.quarantined == 1 }
        await outbox.handOver(Payload(1))
        await publisher.takes(1)
        _ = try await outbox.snapshot { $0.payloads == 0 }
        let stored = try stored(bench)
        try await stored.retry(stored.rejected().map(\.id))
        await outbox.handOver(Payload(2))
        await publisher.takes(3)
        #expect(publisher.taken == singles([1, 0, 2]))
        let end = try await outbox.snapshot { $0.payloads == 0 && $0.delivered == 3 }
        #expect(end.quarantined == 0)
        try stored.close()
        await outbox.stop(within: .seconds(60))
    }

    @Test func whatIsRetriedGoesBeforeAllThatWait() async throws {
        let bench = try Bench()
        let (outbox, publisher) = try await busy(bench)
        let stored = try stored(bench)
        try await stored.retry(stored.rejected().map(\.id).reversed())
        publisher.answerAlways(.delivered)
        await publisher.takes(4)
        let end = try await outbox.snapshot { $0.payloads == 0 }
        #expect(end.quarantined == 0)
        // 3 was under way.
        #expect(publisher.taken == [3..<4, 0..<1, 1..<3, 4..<5])
        try stored.close()
        await outbox.stop(within: .seconds(60))
        #expect(try await bench.stored().isEmpty)
    }

    @Test func anIdleAgentNoticesWithItsNextCycle() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher("a", .rejected(reason: "400"))
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0))
        await bench.events.wait { $0.count == 1 }
        let stored = try stored(bench)
        try await stored.retry(stored.rejected().map(\.id))
        try stored.close()
        await outbox.handOver([])
        await publisher.takes(1)
        #expect(publisher.taken == singles([0]))
        await outbox.handOver(Payload(1))
        await publisher.takes(2)
        let end = try await outbox.snapshot { $0.payloads == 0 && $0.delivered == 2 }
        #expect(end.quarantined == 0 && end.samples == 0 && end.bytes == 0)
        await outbox.stop(within: .seconds(60))
    }

    @Test func whatIsRefusedAgainIsPutAsideAgain() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: .rejected(reason: "400"))
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0))
        for round in 1..<4 {
            await bench.events.wait { $0.count == round }
            let stored = try stored(bench)
            try await stored.retry(stored.rejected().map(\.id))
            try stored.close()
            await outbox.handOver([])
            await publisher.attempts(round + 1)
        }
        #expect(try await outbox.snapshot { $0.quarantined == 1 }.payloads == 0)
        await outbox.stop(within: .seconds(60))
    }

    @Test func retriesAndDropsWithoutAnAgent() async throws {
        let bench = try Bench()
        let (outbox, publisher) = try await busy(bench)
        publisher.answerAlways(Self.down)
        await outbox.stop(within: .seconds(60))
        let stored = try stored(bench)
        let ids = try await stored.rejected().map(\.id)
        try await stored.retry([ids[1]])
        try await stored.drop([ids[0]])
        #expect(try await stored.rejected().isEmpty)
        try stored.close()
        let next = ScriptedPublisher()
        let again = try await bench.open(next)
        await again.handOver(Payload(5))
        await again.stop(within: .seconds(60))
        #expect(next.received == [1..<3, 3..<4, 4..<5, 5..<6])
    }

    @Test func aNumberThatIsNotThereChangesNothing() async throws {
        let bench = try Bench()
        let (outbox, publisher) = try await busy(bench)
        let stored = try stored(bench)
        let ids = try await stored.rejected().map(\.id)
        let retry = await #expect(throws: OutboxError.self) { try await stored.retry(ids + [99]) }
        #expect(retry?.code == .unknown)
        #expect(retry?.description.contains("99") == true)
        await #expect(throws: OutboxError.self) { try await stored.drop(ids + [99]) }
        await #expect(throws: OutboxError.self) { try await stored.rejected(99) }
        #expect(try await stored.rejected().map(\.id) == ids)
        try stored.close()
        publisher.answerAlways(.delivered)
        await outbox.stop(within: .seconds(60))
    }

    @Test func dropsWhatWaitsUnderARunningAgent() async throws {
        let bench = try Bench()
        let (outbox, publisher) = try await busy(bench)
        let stored = try stored(bench)
        #expect(try await stored.dropWaiting(in: "a") == 2)
        try stored.close()
        await outbox.handOver(Payload(5))
        let now = try await outbox.snapshot { $0.payloads == 1 }
        #expect(now.samples == 1 && now.quarantined == 2)
        publisher.answerAlways(.delivered)
        await publisher.takes(2)
        // 3 was being sent.
        #expect(publisher.taken == singles([3, 5]))
        await outbox.stop(within: .seconds(60))
        #expect(try await bench.stored().isEmpty)
    }

    /// What waits finds its place by age; what was refused stays so.
    @Test func movesAQueueIntoAnotherUnderARunningAgent() async throws {
        let bench = try Bench()
        let old = ScriptedPublisher("old", otherwise: Self.down, .delivered, .rejected(reason: "400"))
        let new = ScriptedPublisher("new", otherwise: Self.down)
        let first = try await bench.open(old, new)
        await first.handOver([("old", [Payload(0), Payload(1), Payload(2)]), ("new", [Payload(3)])])
        _ = try await first.snapshot(of: "old") { $0.quarantined == 1 && $0.attempts == 3 }
        await first.handOver([("old", [Payload(4)])])
        await first.stop(within: .zero)

        let publisher = ScriptedPublisher("new", otherwise: nil)
        let outbox = try await bench.open(publisher)
        await publisher.attempts(1)
        let stored = try stored(bench)
        let wrong = await #expect(throws: OutboxError.self) { try await stored.move("nobody", to: "new") }
        #expect(wrong?.code == .unknown)
        let moved = try await stored.move("old", to: "new")
        #expect(moved.waiting == 2 && moved.refused == 1)
        #expect(try await stored.rejected().map(\.queue) == ["new"])
        await outbox.handOver([("new", [Payload(5)])])
        publisher.answerAlways(.delivered)
        await publisher.takes(4)
        #expect(publisher.taken == singles([3, 2, 4, 5]))
        try await stored.retry(stored.rejected().map(\.id))
        try stored.close()
        await outbox.handOver([("new", [Payload(6)])])
        await publisher.takes(6)
        #expect(publisher.taken.suffix(2) == singles([1, 6]))
        #expect(await outbox.snapshot().map(\.identity) == ["new"])
        await outbox.stop(within: .seconds(60))
    }

    @Test func thereIsNoneBeforeAnAgentHasRun() throws {
        let bench = try Bench()
        #expect(try StoredOutbox(directory: bench.directory) == nil)
        #expect(try StoredOutbox(directory: bench.directory + "/not/there") == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.directory).isEmpty)
    }

    @Test func aDamagedOneIsAnErrorAndIsLeftAlone() async throws {
        let bench = try Bench()
        let garbage = Data(repeating: 0x41, count: 10_000)
        try garbage.write(to: URL(filePath: bench.database))
        let error = #expect(throws: OutboxError.self) { try StoredOutbox(directory: bench.directory) }
        #expect(error?.description.contains("damaged") == true)
        #expect(try Data(contentsOf: URL(filePath: bench.database)) == garbage)
    }
}
