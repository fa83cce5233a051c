import Configuration
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
        private let marksEnds: Bool
        private let asked = Mutex<[[String]]>([])

        init(_ identity: String, makesPayloads: Bool = true, marksEnds: Bool = false) {
            self.marksEnds = marksEnds
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

        func payloads(forEnded instances: [EndedInstance]) -> [Payload] {
            guard marksEnds else { return [] }
            return instances.map { Payload(body: Array($0.id.utf8), samples: 0, first: $0.at, last: $0.at) }
        }

        func deliver(_ payload: Payload) async -> Delivery { .delivered }
        func split(_ payload: Payload) -> (Payload, Payload)? { nil }
    }

    /// One of the publishers that share a queue is enough, and it need not be the first.
    @Test func endsGoToEachQueueOnce() {
        let router = router([
            ("*", [RecordingPublisher("a"), RecordingPublisher("b", marksEnds: true)]),
            ("*", [RecordingPublisher("a", marksEnds: true), RecordingPublisher("b", marksEnds: true)]),
            ("*", [RecordingPublisher("c")]),
        ])
        let ended = [EndedInstance(id: "i", at: Timestamp(seconds: 1))]
        #expect(router.payloads(forEnded: ended).map(\.identity).sorted() == ["a", "b"])
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

    private func router(_ pipelines: [(pattern: String, publishers: [any Publisher])]) -> SinkRouter {
        SinkRouter(
            pipelines.map {
                (Pipeline(name: "s:k", meters: MeterFilter([$0.pattern]), sink: "k"), $0.publishers)
            }, longestInterval: 60)
    }

    private func payloads(
        _ router: inout SinkRouter, _ samples: [Sample]
    ) -> [(identity: String, payloads: [Payload])] {
        router.payloads(for: samples, now: Timestamp(microseconds: 0), monotonicTime: nil).payloads
            .map { ($0.identity, $0.payloads.map { $0 }) }
    }

    @Test func eachPipelineGetsWhatItMatchesInOrder() {
        let memory = RecordingPublisher("memory")
        let rest = RecordingPublisher("rest")
        var router = router([("memory.*", [memory]), ("!memory.*", [rest])])
        let payloads = payloads(
            &router, samples("memory.usage", "cpu", "memory.resident", "cpu", "power.state"))
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
        var router = router([("*", [a, b]), ("cpu", [b, a])])
        let payloads = payloads(&router, samples("cpu", "memory"))
        #expect(payloads.map(\.identity) == ["a", "b", "b", "a"])
        #expect(a.calls == [["cpu", "memory"], ["cpu"]])
        #expect(b.calls == [["cpu", "memory"], ["cpu"]])
    }

    @Test func publishersGetWhatTransformersMake() throws {
        var diagnostics = Diagnostics()
        let definition = PipelineDefinition.load(
            Array(
                """
                sources: [{name: s, meters: ["*"], sinks: [k]}]
                sinks: [{name: k, transformers: [{name: accumulator, parameters: {size: 3}}], publishers: ["test://"]}]
                """.utf8), file: "pipeline.yaml", checkPublisher: { _, _, _ in [] }, into: &diagnostics)
        let publisher = RecordingPublisher("p")
        var router = SinkRouter(
            try #require(definition).pipelines.map { ($0, [publisher]) }, longestInterval: 60)
        let first = payloads(&router, samples("cpu", "memory"))
        #expect(first.isEmpty)
        let second = payloads(&router, samples("vcpus"))
        #expect(second.flatMap(\.payloads).count == 3)
        #expect(publisher.calls == [["cpu", "memory", "vcpus"]])
    }

    @Test func nobodyIsAskedForNothing() {
        let publisher = RecordingPublisher("p")
        var router = router([("cpu", [publisher])])
        let result1 = payloads(&router, [])
        #expect(result1.isEmpty)
        let result2 = payloads(&router, samples("memory"))
        #expect(result2.isEmpty)
        #expect(publisher.calls.isEmpty)
    }

    @Test func publishersWithoutPayloadsAreLeftOut() {
        let silent = RecordingPublisher("silent", makesPayloads: false)
        var router = router([("*", [silent])])
        let result3 = payloads(&router, samples("cpu"))
        #expect(result3.isEmpty)
        #expect(silent.calls == [["cpu"]])
    }

    @Test func withoutPipelinesNothingGoesAnywhere() {
        var none = router([])
        let result4 = payloads(&none, samples("cpu"))
        #expect(result4.isEmpty)
        var nobody = router([("*", [])])
        let result5 = payloads(&nobody, samples("cpu"))
        #expect(result5.isEmpty)
    }
}
