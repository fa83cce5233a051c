import Telemetry
import Testing

@testable import Outbox

@Suite(.timeLimit(.minutes(4))) struct OutboxStopTests {
    @Test func drainsWhatAReadyReceiverTakes() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher()
        let outbox = try await bench.open(publisher)
        await outbox.handOver([("a", (0..<300).map { Payload($0) })])
        await outbox.stop(within: .seconds(180))
        #expect(publisher.taken == singles(0..<300))
        #expect(try await bench.stored().isEmpty)
    }

    @Test func doesNotWaitForAReceiverThatFails() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: .retry(after: .seconds(600), reason: "503"))
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0), Payload(1))
        _ = try await outbox.snapshot { $0.lastError == "503" }
        let start = ContinuousClock.now
        await outbox.stop(within: .seconds(30))
        #expect(ContinuousClock.now - start < .seconds(10))
        #expect(try await bench.stored().map(\.numbers) == singles(0..<2))
    }

    @Test func isBoundedWhateverAReceiverDoes() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0), Payload(1))
        await publisher.attempts(1)
        let start = ContinuousClock.now
        await outbox.stop(within: .milliseconds(200))
        #expect(ContinuousClock.now - start < .seconds(5))
        publisher.answerAlways(.delivered)
        #expect(try await bench.stored().map(\.numbers) == singles(0..<2))
        #expect(publisher.received == singles([0]))
    }

    @Test func theNextAgentGoesOnWhereThisOneEnded() async throws {
        let bench = try Bench()
        let down = ScriptedPublisher(otherwise: .retry(after: nil, reason: "down"))
        let first = try await bench.open(down)
        await first.handOver(Payload(0), Payload(1..<5))
        await first.stop(within: .seconds(60))
        let up = ScriptedPublisher()
        let second = try await bench.open(up)
        #expect(try await second.snapshot().isConfigured)
        await second.handOver(Payload(5))
        await up.takes(3)
        await second.stop(within: .seconds(60))
        #expect(up.received == [0..<1, 1..<5, 5..<6])
    }
}
