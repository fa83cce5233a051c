import Synchronization
import Telemetry
import TestServers
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

    /// A receiver slower than polling: each delivery makes room for what the next poll drops again.
    @Test func anEpisodeOfLossesLastsAsLongAsTheLosses() async throws {
        let bench = try Bench()
        let clock = ManualClock()
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(
            publisher, limits: OutboxLimits(maxBytes: 500, maxAge: nil), monotonic: { clock.now })
        var next = 0
        for round in 0..<30 {
            for _ in 0..<5 {
                await outbox.handOver(Payload(next, size: 100))
                next += 1
                await publisher.attempts(round + 1)
            }
            clock.advance(by: .seconds(40))
            publisher.answer(.delivered)
            _ = try await outbox.snapshot { $0.delivered == round + 1 }
        }
        #expect(bench.events.value == [.droppingBegan(queue: "a", why: .bytes)])
        let dropped = try await outbox.snapshot().droppedSamples
        #expect(dropped > 100)
        publisher.answerAlways(.delivered)
        _ = try await outbox.snapshot { $0.payloads == 0 }
        // Over when nothing was dropped for a while.
        clock.advance(by: .seconds(30))
        await outbox.handOver(Payload(next, size: 100))
        #expect(bench.droppedSamples == 0)
        for number in 1..<5 {
            clock.advance(by: .seconds(70))
            await outbox.handOver(Payload(next + number, size: 100))
        }
        #expect(bench.droppedSamples == dropped)
        #expect(bench.events.value.count == 2)
        await outbox.stop(within: .seconds(60))
    }

    @Test func dropsWhatHasWaitedTooLong() async throws {
        let bench = try Bench()
        let clock = ManualClock(.zero)
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(
            publisher, limits: OutboxLimits(maxBytes: 1 << 20, maxAge: .seconds(100)),
            now: { Timestamp(microseconds: 100_000_000 + Int64(clock.now / .microseconds(1))) },
            monotonic: { clock.now })
        await outbox.handOver(Payload(99))
        await publisher.attempts(1)
        for number in 100..<150 {
            await outbox.handOver(Payload(number))
            clock.advance(by: .seconds(1))
        }
        #expect(try await outbox.snapshot().payloads == 51)
        clock.advance(by: .seconds(75))
        await outbox.handOver(Payload(225))
        // Older than 125 s, and waiting for longer than 100 s; 99 is under way.
        #expect(try await outbox.snapshot().droppedSamples == 25)
        publisher.answerAlways(.delivered)
        await publisher.takes(27)
        await outbox.stop(within: .seconds(60))
        #expect(publisher.taken == singles([99] + Array(125..<150) + [225]))
        #expect(
            bench.events.value == [
                .droppingBegan(queue: "a", why: .age),
                .dropped(queue: "a", samples: 25, first: Timestamp(seconds: 100), last: Timestamp(seconds: 124)),
            ])
    }

    /// Forwards by days for a while, backwards, and not yet set at the start.
    @Test(arguments: [691_200, 31_536_000, -691_200, -31_536_000])
    func aClockThatJumpsDropsNothing(by jump: Int64) async throws {
        let bench = try Bench()
        let clock = ManualClock(.zero)
        let ahead = Watched<Int64>(0)
        let day = Int64(86_400)
        let wall: @Sendable () -> Timestamp = {
            Timestamp(seconds: 20_000 * day + Int64(clock.now / .seconds(1)) + ahead.value)
        }
        let limits = OutboxLimits(maxBytes: 1 << 20, maxAge: .seconds(7 * day))
        func run(_ numbers: Range<Int>, jumps: Bool) async throws {
            let publisher = ScriptedPublisher(otherwise: .retry(after: .seconds(3600), reason: "down"))
            let outbox = try await bench.open(publisher, limits: limits, now: wall, monotonic: { clock.now })
            for number in numbers {
                let now = wall()
                await outbox.handOver(
                    Payload(body: Payload(number).body, samples: 1, first: now, last: now))
                clock.advance(by: .seconds(600))
                ahead.change { $0 = jumps && (number % 10) < 5 ? jump : 0 }
            }
            #expect(try await outbox.snapshot().droppedSamples == 0)
            await outbox.stop(within: .zero)
        }
        // Ahead at the start, too, and when what waits was taken.
        try await run(0..<30, jumps: true)
        ahead.change { $0 = jump }
        try await run(30..<33, jumps: true)
        ahead.change { $0 = 0 }
        try await run(33..<38, jumps: false)
        #expect(try await bench.stored().count == 38)
    }

    /// What waits grows old though the agent restarts every day.
    @Test func dropsByAgeWithDailyRestarts() async throws {
        let bench = try Bench()
        let clock = ManualClock(.zero)
        let day = Int64(86_400)
        let wall: @Sendable () -> Timestamp = { Timestamp(seconds: 20_000 * day + Int64(clock.now / .seconds(1))) }
        for number in 0..<10 {
            let publisher = ScriptedPublisher(otherwise: .retry(after: .seconds(3600), reason: "down"))
            let outbox = try await bench.open(
                publisher, limits: OutboxLimits(maxBytes: 1 << 20, maxAge: .seconds(7 * day)), now: wall,
                monotonic: { clock.now })
            let now = wall()
            await outbox.handOver(Payload(body: Payload(number).body, samples: 1, first: now, last: now))
            clock.advance(by: .seconds(day / 2))
            await outbox.handOver([("a", [])])
            clock.advance(by: .seconds(day / 2))
            await outbox.stop(within: .zero)
        }
        // After 9.5 days, at the last look, those of the first three days are older than seven.
        #expect(try await bench.stored().map(\.numbers) == singles(3..<10))
    }

    /// What is too old or too large when it comes is sent or dropped, whichever is first.
    @Test func nothingIsBothSentAndDropped() async throws {
        for limits in [
            OutboxLimits(maxBytes: 1 << 20, maxAge: .seconds(100)), OutboxLimits(maxBytes: 1, maxAge: nil),
        ] {
            let bench = try Bench()
            let publisher = ScriptedPublisher()
            let clock = ManualClock()
            let outbox = try await bench.open(
                publisher, limits: limits, now: { Timestamp(seconds: 10_000) },
                monotonic: {
                    clock.advance(by: .seconds(1000))
                    return clock.now
                })
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
        let clock = ManualClock(.zero)
        let short = try await bench.open(
            ScriptedPublisher("a"), limits: OutboxLimits(maxBytes: 1 << 20, maxAge: .seconds(85)),
            now: { Timestamp(seconds: 100) }, monotonic: { clock.now })
        #expect(bench.droppedSamples == 10)
        clock.advance(by: .seconds(85))
        await short.handOver([("a", [])])
        #expect(try await short.snapshot(of: "gone").oldest == Timestamp(seconds: 15))
        await short.stop(within: .seconds(60))
        #expect(bench.droppedSamples == 15)
    }
}
