import Outbox
import Testing

@testable import Publishers

struct TestPublisherTests {
    private func publisher() throws -> TestPublisher {
        try #require(Make.publisher("test://").publisher as? TestPublisher)
    }

    @Test func keepsWhatItGets() async throws {
        let publisher = try publisher()
        for payload in publisher.payloads(for: Make.samples(3)) {
            #expect(await publisher.deliver(payload) == .delivered)
        }
        let lines = publisher.received.flatMap { $0.body.split(separator: UInt8(ascii: "\n")) }
        let ids = try lines.map { try OrderedJSON.parse(Array($0))["resource_id"]?.text }
        #expect(ids == ["r-0", "r-1", "r-2"])
    }

    @Test func keepsTheNewestOnly() async throws {
        let publisher = try publisher()
        for payload in publisher.payloads(for: Make.samples(TestPublisher.capacity + 1500)) {
            _ = await publisher.deliver(payload)
        }
        let kept = publisher.received.reduce(0) { $0 + $1.samples }
        #expect(kept <= TestPublisher.capacity)
        #expect(kept > TestPublisher.capacity - 1000)
        let last = try #require(publisher.received.last?.body.split(separator: UInt8(ascii: "\n")).last)
        #expect(try OrderedJSON.parse(Array(last))["resource_id"]?.text == "r-\(TestPublisher.capacity + 1499)")
    }

    @Test func publishersDoNotShare() async throws {
        let (one, other) = (try publisher(), try publisher())
        for payload in one.payloads(for: Make.samples(1)) { _ = await one.deliver(payload) }
        #expect(other.received.isEmpty)
    }
}
