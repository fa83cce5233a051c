import Outbox
import Pipeline
import Synchronization
import Telemetry
import Testing

@testable import Agent

/// Samples go to the publishers of every pipeline that takes their meter, and to no other.
struct SinkRouterTests {
    /// Keeps the meters' names of what it was asked to make payloads of: one payload for each sample.
    private final class RecordingPublisher: Publisher {
        let identity: String
        let needsDurability = false
        private let makesPayloads: Bool
        private let asked = Mutex<[[String]]>([])

        init(_ identity: String, makesPayloads: Bool = true) {
            self.identity = identity
            self.makesPayloads = makesPayloads
        }

        /// The meters of each call.
        var calls: [[String]] { asked.withLock { $0 } }

        func payloads(for samples: [Sample]) -> [Payload] {
            asked.withLock { $0.append(samples.map(\.meter.name)) }
            guard makesPayloads else { return [] }
            return samples.map {
                Payload(
                    body: Array("\(identity) \($0.meter.name)".utf8), samples: 1, first: $0.timestamp,
                    last: $0.timestamp)
            }
        }

        func deliver(_ payload: Payload) async -> Delivery { .delivered }
        func split(_ payload: Payload) -> (Payload, Payload)? { nil }
    }

    private let resource = Resource(id: "r", userID: nil, projectID: nil, source: "s", metadata: Metadata())

    /// A sample of each meter; each with a meter object of its own.
    private func samples(_ meters: String...) -> [Sample] {
        meters.map {
            Sample(
                id: SampleID(high: 0, low: 0), meter: Meter(name: $0, type: .gauge, unit: "B"), resource: resource,
                volume: .integer(1), timestamp: Timestamp(microseconds: 0))
        }
    }

    @Test func eachPipelineGetsWhatItMatchesInOrder() {
        let memory = RecordingPublisher("memory")
        let rest = RecordingPublisher("rest")
        let router = SinkRouter([
            (MeterFilter(["memory.*"]), [memory]), (MeterFilter(["!memory.*"]), [rest]),
        ])
        let payloads = router.payloads(for: samples("memory.usage", "cpu", "memory.resident", "cpu", "power.state"))
        #expect(memory.calls == [["memory.usage", "memory.resident"]])
        #expect(rest.calls == [["cpu", "cpu", "power.state"]])
        #expect(payloads.map(\.identity) == ["memory", "rest"])
        #expect(
            payloads.flatMap(\.payloads).map { String(decoding: $0.body, as: UTF8.self) } == [
                "memory memory.usage", "memory memory.resident", "rest cpu", "rest cpu", "rest power.state",
            ])
    }

    @Test func everyPublisherOfEveryMatchingPipelineGetsThem() {
        let a = RecordingPublisher("a")
        let b = RecordingPublisher("b")
        let router = SinkRouter([(MeterFilter(["*"]), [a, b]), (MeterFilter(["cpu"]), [b, a])])
        let payloads = router.payloads(for: samples("cpu", "memory"))
        #expect(payloads.map(\.identity) == ["a", "b", "b", "a"])
        #expect(a.calls == [["cpu", "memory"], ["cpu"]])
        #expect(b.calls == [["cpu", "memory"], ["cpu"]])
    }

    @Test func nobodyIsAskedForNothing() {
        let publisher = RecordingPublisher("p")
        let router = SinkRouter([(MeterFilter(["cpu"]), [publisher])])
        #expect(router.payloads(for: []).isEmpty)
        #expect(router.payloads(for: samples("memory")).isEmpty)
        #expect(publisher.calls.isEmpty)
    }

    @Test func publishersWithoutPayloadsAreLeftOut() {
        let silent = RecordingPublisher("silent", makesPayloads: false)
        let router = SinkRouter([(MeterFilter(["*"]), [silent])])
        #expect(router.payloads(for: samples("cpu")).isEmpty)
        #expect(silent.calls == [["cpu"]])
    }

    @Test func withoutPipelinesNothingGoesAnywhere() {
        #expect(SinkRouter([]).payloads(for: samples("cpu")).isEmpty)
        #expect(SinkRouter([(MeterFilter(["*"]), [])]).payloads(for: samples("cpu")).isEmpty)
    }
}
