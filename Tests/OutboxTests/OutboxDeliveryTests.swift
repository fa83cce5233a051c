import Telemetry
import Testing

@testable import Outbox

@Suite(.timeLimit(.minutes(4))) struct OutboxDeliveryTests {
    @Test func deliversInOrderOneAtATime() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher()
        let outbox = try await bench.open(publisher)
        for cycle in 0..<50 { await outbox.handOver(Payload(cycle * 2), Payload(cycle * 2 + 1)) }
        await publisher.takes(100)
        await outbox.stop(within: .seconds(60))
        #expect(publisher.received == singles(0..<100))
        #expect(publisher.state.value.mostUnderWay == 1)
        #expect(try await bench.stored().isEmpty)
        #expect(bench.events.value.isEmpty)
    }

    @Test func deliversAgainAfterTheQueueWasEmpty() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher()
        let outbox = try await bench.open(publisher)
        for number in 0..<5 {
            await outbox.handOver(Payload(number))
            await publisher.takes(number + 1)
            _ = try await outbox.snapshot { $0.delivered == number + 1 }
        }
        #expect(try await outbox.snapshot().payloads == 0)
        await outbox.stop(within: .seconds(60))
        #expect(publisher.received == singles(0..<5))
    }

    @Test func isOnDiskBeforeItIsSent() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(publisher)
        let feeders = (0..<8).map { number in Task { await outbox.handOver(Payload(number)) } }
        await publisher.attempts(1)
        let first = publisher.received
        #expect(try await bench.crashed().stored().map(\.numbers).contains(first[0]))
        for feeder in feeders { await feeder.value }
        #expect(Set(try await bench.crashed().stored().map(\.numbers)) == Set(singles(0..<8)))
        publisher.answerAlways(.delivered)
        await outbox.stop(within: .seconds(60))
        #expect(Set(publisher.received) == Set(singles(0..<8)))
    }

    @Test func handOverReturnsOnlyWhenItsOwnPayloadIsOnDisk() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(publisher)
        await withTaskGroup(of: Void.self) { group in
            for feeder in 0..<4 {
                group.addTask {
                    for round in 0..<10 {
                        let number = feeder * 10 + round
                        await outbox.handOver(Payload(number))
                        do {
                            let stored = try await bench.crashed().stored().map(\.numbers)
                            #expect(stored.contains(number..<(number + 1)))
                        } catch { Issue.record(error) }
                    }
                }
            }
        }
        publisher.answerAlways(.delivered)
        await outbox.stop(within: .seconds(60))
        #expect(publisher.received.count == 40)
    }

    @Test func neverGivesUpAndKeepsTheOrder() async throws {
        let bench = try Bench()
        let down = Delivery.retry(after: nil, reason: "connection refused")
        let publisher = ScriptedPublisher("a", down, down, down, .retry(after: .zero, reason: "503"), .delivered, down)
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0), Payload(1), Payload(2))
        await publisher.takes(3)
        let end = try await outbox.snapshot { $0.delivered == 3 }
        #expect(publisher.received == singles([0, 0, 0, 0, 0, 1, 1, 2]))
        #expect(end.attempts == 8)
        #expect(end.lastError == nil)
        await outbox.stop(within: .seconds(60))
        #expect(
            bench.events.value == [
                .outageBegan(queue: "a", reason: "connection refused"), .outageEnded(queue: "a", attempts: 4),
                .outageBegan(queue: "a", reason: "connection refused"), .outageEnded(queue: "a", attempts: 1),
            ])
    }

    @Test func sendsTheSameBytesAgain() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher("a", .retry(after: nil, reason: "down"), .delivered)
        let outbox = try await bench.open(publisher)
        let payload = Payload(7..<9, size: 10_000)
        await outbox.handOver(payload)
        await publisher.takes(1)
        await outbox.stop(within: .seconds(60))
        #expect(publisher.state.value.received == [payload, payload])
    }

    @Test func tellsEachRefusalAndKeepsThePayload() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: .refused(reason: "401"))
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0))
        await bench.events.wait { $0.contains(.refused(queue: "a", reason: "401")) }
        #expect(try await outbox.snapshot { $0.lastError == "401" }.payloads == 1)
        await outbox.stop(within: .seconds(60))
        #expect(try await bench.stored().map(\.numbers) == singles([0]))
    }

    @Test func splitsInPlace() async throws {
        let bench = try Bench()
        let large = Delivery.tooLarge(reason: "413")
        // 0..<8 is too large, so is 0..<4, and later 8..<10.
        let publisher = ScriptedPublisher("a", large, large, .delivered, .delivered, .delivered, large)
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0..<8), Payload(8..<10), Payload(10..<11))
        await outbox.handOver(Payload(11..<12))
        await publisher.takes(7)
        await outbox.stop(within: .seconds(60))
        #expect(publisher.taken == [0..<2, 2..<4, 4..<8, 8..<9, 9..<10, 10..<11, 11..<12])
        #expect(publisher.state.value.taken.map(\.samples).reduce(0, +) == 12)
    }

    @Test func splitsDownToSinglesAndStaysBeforeWhatComesLater() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0..<256))
        for _ in 0..<8 { publisher.answer(.tooLarge(reason: "413")) }
        await publisher.attempts(9)
        await outbox.handOver(Payload(256))
        publisher.answerAlways(.delivered)
        await publisher.takes(10)
        await outbox.stop(within: .seconds(60))
        #expect(publisher.taken.flatMap { Array($0) } == Array(0..<257))
    }

    /// The publisher says itself what stands in a payload's place: the rest, and what is refused.
    @Test func dividesInPlace() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(
            "a", .divided(Payload(0..<3), Payload(3), reason: "400"), .delivered, .rejected(reason: "400 bad metric"))
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0..<4), Payload(4))
        await publisher.takes(2)
        let end = try await outbox.snapshot { $0.delivered == 2 }
        #expect((end.quarantined, end.quarantinedSamples, end.payloads) == (1, 1, 0))
        await outbox.stop(within: .seconds(60))
        #expect(publisher.received == [0..<4, 0..<3, 3..<4, 4..<5])
        #expect(bench.events.value == [.quarantined(queue: "a", samples: 1, reason: "400 bad metric")])
    }

    /// Parts that do not make up the whole would lose samples, or be divided for ever.
    @Test(arguments: [[0..<4, 4..<4], [0..<2, 2..<3], [0..<4, 0..<4]])
    func partsMustMakeUpTheWhole(_ parts: [Range<Int>]) async throws {
        let bench = try Bench()
        let payloads = parts.map { range in
            Payload(
                body: [], samples: range.count, first: Timestamp(seconds: 0), last: Timestamp(seconds: 0))
        }
        let publisher = ScriptedPublisher("a", .divided(payloads[0], payloads[1], reason: "400"))
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0..<4), Payload(4))
        await publisher.takes(1)
        #expect(try await outbox.snapshot { $0.delivered == 1 }.quarantinedSamples == 4)
        await outbox.stop(within: .seconds(60))
    }

    @Test func quarantinesWhatCannotBeSplitOrIsRejectedAndGoesOn() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(
            "a", .rejected(reason: "400 bad sample"), .delivered, .tooLarge(reason: "413"), .delivered)
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0..<3), Payload(3), Payload(4), Payload(5))
        await publisher.takes(2)
        let end = try await outbox.snapshot { $0.delivered == 2 }
        #expect(end.quarantined == 2)
        #expect(end.payloads == 0)
        #expect(publisher.taken == singles([3, 5]))
        #expect(
            bench.events.value == [
                .quarantined(queue: "a", samples: 3, reason: "400 bad sample"),
                .quarantined(queue: "a", samples: 1, reason: "413"),
            ])
        await outbox.stop(within: .seconds(60))
        let again = try await bench.open(ScriptedPublisher())
        #expect(try await again.snapshot().quarantined == 2)
        await again.stop(within: .seconds(60))
    }

    @Test func aDeadReceiverDoesNotHoldUpTheOthers() async throws {
        let bench = try Bench()
        let dead = ScriptedPublisher("dead", otherwise: nil)
        let live = ScriptedPublisher("live")
        let outbox = try await bench.open(dead, live)
        for number in 0..<20 { await outbox.handOver([("dead", [Payload(number)]), ("live", [Payload(number)])]) }
        await live.takes(20)
        await dead.attempts(1)
        #expect(live.received == singles(0..<20))
        #expect(dead.received == singles([0]))
        #expect(try await outbox.snapshot(of: "dead").payloads == 20)
        dead.answerAlways(.delivered)
        await outbox.stop(within: .seconds(60))
        #expect(dead.received == singles(0..<20))
    }

    @Test func keepsNothingOnDiskForThoseWhoNeedNone() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(needsDurability: false, otherwise: nil)
        let outbox = try await bench.open(
            publisher, limits: OutboxLimits(maxBytes: 1, maxAge: nil, maxMemoryBytes: 1000))
        await outbox.handOver(Payload(0, size: 100))
        // What is under way is not dropped.
        await publisher.attempts(1)
        for number in 1..<20 { await outbox.handOver(Payload(number, size: 100)) }
        #expect(try await outbox.snapshot().inMemory == 10)
        #expect(try await outbox.snapshot().droppedSamples == 10)
        publisher.answerAlways(.delivered)
        await outbox.stop(within: .seconds(60))
        #expect(publisher.received.first == 0..<1)
        #expect(publisher.received.last == 19..<20)
        #expect(try await bench.stored().isEmpty)
    }

    @Test func payloadsForAQueueThatDoesNotExistAreTold() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher()
        let outbox = try await bench.open(publisher)
        await outbox.handOver([("nobody", [Payload(0..<3)]), ("a", [Payload(3)])])
        await publisher.takes(1)
        await outbox.stop(within: .seconds(60))
        #expect(bench.events.value == [.unknownQueue("nobody", samples: 3)])
    }

    @Test func worksWithoutADirectory() async throws {
        let publisher = ScriptedPublisher("a", .retry(after: nil, reason: "down"))
        let outbox = try await Outbox.open(
            directory: nil, limits: OutboxLimits(maxBytes: 1000, maxAge: nil), publishers: [publisher],
            now: { Bench.now }, random: { 0 }, report: { _ in })
        await outbox.handOver(Payload(0), Payload(1))
        await publisher.takes(2)
        await outbox.stop(within: .seconds(60))
        #expect(publisher.received == singles([0, 0, 1]))
    }
}
