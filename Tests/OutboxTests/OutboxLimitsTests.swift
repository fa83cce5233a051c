import Synchronization
import Telemetry
import Testing

@testable import Outbox

@Suite(.timeLimit(.minutes(4))) struct OutboxLimitsTests {
    @Test func dropsTheOldestBeyondItsBytesAndCountsExactly() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(publisher, limits: OutboxLimits(maxBytes: 1000, maxAge: nil))
        await outbox.handOver(Payload(0..<2, size: 100))
        await publisher.attempts(1)
        for number in 1..<30 { await outbox.handOver(Payload(number * 2..<number * 2 + 2, size: 100)) }
        // 0..<2 is under way and stays; so do the newest nine.
        let full = try await outbox.snapshot()
        #expect(full.bytes == 1000)
        #expect(full.payloads == 10)
        #expect(full.droppedSamples == 40)
        #expect(bench.events.value == [.droppingBegan(queue: "a", why: .bytes)])
        publisher.answerAlways(.delivered)
        await publisher.takes(10)
        await outbox.stop(within: .seconds(60))
        #expect(publisher.taken.flatMap { Array($0) } == [0, 1] + Array(42..<60))
        #expect(
            bench.events.value == [
                .droppingBegan(queue: "a", why: .bytes),
                .dropped(queue: "a", samples: 40, first: Timestamp(seconds: 2), last: Timestamp(seconds: 41)),
            ])
    }

    @Test func tellsEachEpisodeOnce() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(publisher, limits: OutboxLimits(maxBytes: 200, maxAge: nil))
        for episode in 0..<2 {
            let base = episode * 10
            await outbox.handOver(Payload(base, size: 100))
            await publisher.attempts(episode * 2 + 1)
            for number in 1..<5 { await outbox.handOver(Payload(base + number, size: 100)) }
            publisher.answer(.delivered)
            publisher.answer(.delivered)
            await publisher.takes(episode * 2 + 2)
            _ = try await outbox.snapshot { $0.delivered == episode * 2 + 2 }
        }
        await outbox.stop(within: .seconds(60))
        #expect(
            bench.events.value == [
                .droppingBegan(queue: "a", why: .bytes),
                .dropped(queue: "a", samples: 3, first: Timestamp(seconds: 1), last: Timestamp(seconds: 3)),
                .droppingBegan(queue: "a", why: .bytes),
                .dropped(queue: "a", samples: 3, first: Timestamp(seconds: 11), last: Timestamp(seconds: 13)),
            ])
    }

    @Test func dropsWhatIsTooOld() async throws {
        let bench = try Bench()
        let clock = Watched(Timestamp(seconds: 100))
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(
            publisher, limits: OutboxLimits(maxBytes: 1 << 20, maxAge: .seconds(100)), now: { clock.value })
        await outbox.handOver(Payload(0))
        await publisher.attempts(1)
        for number in 1..<100 { await outbox.handOver(Payload(number)) }
        #expect(try await outbox.snapshot().payloads == 100)
        clock.change { $0 = Timestamp(seconds: 150) }
        await outbox.handOver(Payload(150))
        // Older than 50 s: 1 to 49; 0 is under way.
        #expect(try await outbox.snapshot().payloads == 52)
        #expect(try await outbox.snapshot().droppedSamples == 49)
        publisher.answerAlways(.delivered)
        await publisher.takes(52)
        await outbox.stop(within: .seconds(60))
        #expect(publisher.taken == singles([0] + Array(50..<100) + [150]))
        #expect(
            bench.events.value == [
                .droppingBegan(queue: "a", why: .age),
                .dropped(queue: "a", samples: 49, first: Timestamp(seconds: 1), last: Timestamp(seconds: 49)),
            ])
    }

    /// What is too old or too large when it comes is sent or dropped, whichever is first.
    @Test func nothingIsBothSentAndDropped() async throws {
        for limits in [
            OutboxLimits(maxBytes: 1 << 20, maxAge: .seconds(100)), OutboxLimits(maxBytes: 1, maxAge: nil),
        ] {
            let bench = try Bench()
            let publisher = ScriptedPublisher()
            let outbox = try await bench.open(publisher, limits: limits, now: { Timestamp(seconds: 10_000) })
            for number in 0..<50 {
                await outbox.handOver(Payload(number))
                let end = try await outbox.snapshot { $0.payloads == 0 && $0.delivered + $0.droppedSamples > number }
                #expect(end.delivered + end.droppedSamples == number + 1 && end.bytes == 0)
            }
            await outbox.stop(within: .seconds(60))
            #expect(publisher.taken.count + bench.droppedSamples == 50)
            #expect(try await bench.stored() == [])
        }
    }

    /// A clock that was set back: the oldest does not stand first.
    @Test func ageIsThatOfThePayloadWhereverItStands() async throws {
        let bench = try Bench()
        let clock = Watched(Timestamp(seconds: 100))
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(
            publisher, limits: OutboxLimits(maxBytes: 1 << 20, maxAge: .seconds(100)), now: { clock.value })
        await outbox.handOver(Payload(100), Payload(10), Payload(120))
        await publisher.attempts(1)
        clock.change { $0 = Timestamp(seconds: 150) }
        await outbox.handOver(Payload(150))
        // 100 is under way; 10 is older than 50.
        #expect(try await outbox.snapshot().droppedSamples == 1)
        publisher.answerAlways(.delivered)
        await publisher.takes(3)
        await outbox.stop(within: .seconds(60))
        #expect(publisher.taken == singles([100, 120, 150]))
    }

    @Test func dropsNothingForAgeWithoutALimit() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(publisher, now: { Timestamp(seconds: 1 << 40) })
        for number in 0..<10 { await outbox.handOver(Payload(number)) }
        #expect(try await outbox.snapshot().payloads == 10)
        publisher.answerAlways(.delivered)
        await outbox.stop(within: .seconds(60))
        #expect(publisher.taken == singles(0..<10))
    }

    @Test func oneQueueDoesNotCostAnother() async throws {
        let bench = try Bench()
        let full = ScriptedPublisher("full", otherwise: nil)
        let other = ScriptedPublisher("other", otherwise: nil)
        let outbox = try await bench.open(full, other, limits: OutboxLimits(maxBytes: 500, maxAge: nil))
        await outbox.handOver(Payload(0, size: 100), to: "other")
        for number in 0..<20 { await outbox.handOver(Payload(number, size: 100), to: "full") }
        #expect(try await outbox.snapshot(of: "other").payloads == 1)
        #expect(try await outbox.snapshot(of: "full").droppedSamples == 15)
        full.answerAlways(.delivered)
        other.answerAlways(.delivered)
        await outbox.stop(within: .seconds(60))
        #expect(other.taken == singles([0]))
    }

    @Test func whatIsPutAsideHasTheSameLimit() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: .rejected(reason: "400"))
        let outbox = try await bench.open(publisher, limits: OutboxLimits(maxBytes: 500, maxAge: nil))
        for number in 0..<20 {
            await outbox.handOver(Payload(number, size: 100))
            await publisher.attempts(number + 1)
        }
        let end = try await outbox.snapshot { $0.quarantined == 5 && $0.droppedSamples == 15 }
        #expect(end.quarantinedSamples == 5)
        #expect(bench.events.value.contains(.droppingBegan(queue: "a", why: .quarantine)))
        await outbox.stop(within: .seconds(60))
        let stored = try #require(try StoredOutbox(directory: bench.directory))
        #expect(try await stored.rejected().map(\.first) == (15..<20).map { Timestamp(seconds: $0) })
        try stored.close()
        #expect(bench.droppedSamples == 15)
    }

    @Test func aQueueThatNobodyServesHasItsLimitsToo() async throws {
        let bench = try Bench()
        let down = Delivery.retry(after: nil, reason: "down")
        let first = try await bench.open(ScriptedPublisher("gone", otherwise: down))
        await first.handOver([("gone", (0..<20).map { Payload($0, size: 100) })])
        await first.stop(within: .seconds(60))
        let small = try await bench.open(
            ScriptedPublisher("a"), limits: OutboxLimits(maxBytes: 1000, maxAge: nil))
        #expect(try await small.snapshot(of: "gone").payloads == 10)
        #expect(bench.droppedSamples == 10)
        await small.stop(within: .seconds(60))
        let short = try await bench.open(
            ScriptedPublisher("a"), limits: OutboxLimits(maxBytes: 1 << 20, maxAge: .seconds(85)),
            now: { Timestamp(seconds: 100) })
        #expect(try await short.snapshot(of: "gone").oldest == Timestamp(seconds: 15))
        await short.stop(within: .seconds(60))
        #expect(bench.droppedSamples == 15)
    }
}
