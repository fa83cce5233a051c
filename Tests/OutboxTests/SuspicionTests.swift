import Foundation
import Telemetry
import Testing

@testable import Outbox

/// A payload that is refused, or a receiver that refuses everything.
@Suite(.timeLimit(.minutes(2))) struct SuspicionTests {
    private static let bad = Delivery.rejected(reason: "400")

    private func refusals(_ bench: Bench) -> Int {
        bench.events.value.count { if case .refused = $0 { true } else { false } }
    }

    @Test func aReceiverThatRefusesEverythingCostsNothing() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: Self.bad)
        let outbox = try await bench.open(publisher, suspicion: true)
        await outbox.handOver([("a", (0..<10).map { Payload($0) })])
        await bench.events.wait { $0.count == 1 }
        let now = try await outbox.snapshot { $0.nextAttempt != nil }
        #expect(now.payloads == 10 && now.quarantined == 0 && now.attempts == 3)
        #expect(now.lastError == "400" && now.lastAttempt == Bench.now)
        #expect(try #require(now.nextAttempt) > .now + .seconds(30))
        #expect(refusals(bench) == 1)
        // Mended, and told so.
        publisher.answerAlways(.delivered)
        #expect(await outbox.retryNow("nobody") == nil)
        #expect(await outbox.retryNow("a") == 1)
        await publisher.takes(10)
        await outbox.stop(within: .seconds(60))
        #expect(publisher.taken == singles(0..<10))
        #expect(bench.events.value.last == .outageEnded(queue: "a", attempts: 1))
    }

    /// The first payload is bad, and the receiver good.
    @Test func aBadFirstPayloadBlocksNothing() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher("a", Self.bad, .delivered, Self.bad)
        let outbox = try await bench.open(publisher, suspicion: true)
        await outbox.handOver([("a", (0..<5).map { Payload($0) })])
        await publisher.takes(4)
        _ = try await outbox.snapshot { $0.quarantined == 1 && $0.payloads == 0 }
        await outbox.stop(within: .seconds(60))
        #expect(publisher.received == singles([0, 1, 0, 2, 3, 4]))
        #expect(bench.events.value == [.quarantined(queue: "a", samples: 1, reason: "400")])
    }

    @Test func aBadPayloadAmongGoodOnesIsTriedOnce() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher("a", .delivered, Self.bad, Self.bad, .delivered)
        let outbox = try await bench.open(publisher, suspicion: true)
        await outbox.handOver([("a", (0..<6).map { Payload($0) })])
        await publisher.takes(4)
        _ = try await outbox.snapshot { $0.quarantined == 2 && $0.payloads == 0 }
        await outbox.stop(within: .seconds(60))
        #expect(publisher.received == singles(0..<6))
    }

    /// More bad ones in a row than it takes to blame the receiver.
    @Test func aSeriesOfBadPayloadsDoesNotStopAQueue() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher("a", .delivered)
        for _ in 0..<3 + 4 { publisher.answer(Self.bad) }
        publisher.answer(.delivered)
        for _ in 0..<4 { publisher.answer(Self.bad) }
        let outbox = try await bench.open(publisher, suspicion: true)
        await outbox.handOver([("a", (0..<8).map { Payload($0) })])
        await bench.events.wait { $0.count == 1 }
        _ = try await outbox.snapshot { $0.nextAttempt != nil }
        #expect(await outbox.retryNow(nil) == 1)
        await publisher.takes(4)
        _ = try await outbox.snapshot { $0.quarantined == 4 && $0.payloads == 0 }
        await outbox.stop(within: .seconds(60))
        #expect(publisher.taken == singles([0, 5, 6, 7]))
    }

    /// What is refused while the disk takes nothing has other numbers when it does.
    @Test func payloadsAreSuspectedInMemoryToo() async throws {
        let publisher = ScriptedPublisher("a", .delivered, Self.bad)
        let events = Watched<[OutboxEvent]>([])
        let outbox = try await Outbox.open(
            directory: nil, limits: OutboxLimits(maxBytes: 1000, maxAge: nil), publishers: [publisher],
            now: { Bench.now }, random: { 0 }, report: { event in events.change { $0.append(event) } })
        await outbox.handOver(Payload(0), Payload(1), Payload(2))
        await publisher.takes(2)
        _ = try await outbox.snapshot { $0.quarantined == 1 && $0.payloads == 0 }
        await outbox.stop(within: .seconds(60))
        #expect(publisher.received == singles(0..<3))
    }

    @Test func anOperatorMakesItTryAtOnce() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher("a", .refused(reason: "404"))
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0))
        _ = try await outbox.snapshot { $0.nextAttempt != nil }
        func ask(_ queue: String?) async -> Result<Int, OutboxError> {
            let directory = bench.directory
            return await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(
                        returning: Result { () throws(OutboxError) in try StoredOutbox.retryNow(queue, in: directory) })
                }
            }
        }
        await #expect(throws: OutboxError.self) { try await ask("b").get() }
        #expect(try await ask(nil).get() == 1)
        await publisher.takes(1)
        await outbox.stop(within: .seconds(60))
        await #expect(throws: OutboxError.self) { try await ask(nil).get() }
    }
}
