import Telemetry
import Testing

@testable import Outbox

/// The counters that another thread reads without waiting for the outbox.
@Suite(.timeLimit(.minutes(1))) struct PublishedCountersTests {
    @Test func followEachChange() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(publisher)
        #expect(outbox.published.map(\.identity) == ["a"])
        await outbox.handOver(Payload(0), Payload(1..<5))
        await publisher.attempts(1)
        try await shows(outbox) { $0.payloads == 2 && $0.samples == 5 && $0.delivered == 0 }
        publisher.answerAlways(.delivered)
        try await shows(outbox) { $0.payloads == 0 && $0.delivered == 2 && $0.attempts == 2 }
        await outbox.stop(within: .seconds(30))
        let last: [QueueSnapshot] = await outbox.snapshot()
        try await shows(outbox) { [$0] == last }
    }

    private func shows(_ outbox: Outbox, _ condition: (QueueSnapshot) -> Bool) async throws {
        while !outbox.published.contains(where: condition) { try await Task.sleep(for: .milliseconds(1)) }
    }
}
