import Configuration
import Telemetry
import Testing

@testable import Pipeline

/// A pipeline.yaml of the Ocata generation, as a whole: no polling.yaml, four kinds of sources, their transformers.
@Suite struct OcataTests {
    /// The shape of what Ceilometer 8.0 shipped, with the intervals that it had where there was no polling.yaml.
    static let text = """
        ---
        sources:
            - name: meter_source
              interval: 600
              meters: ["*"]
              sinks: [meter_sink]
            - name: cpu_source
              interval: 60
              meters: ["cpu"]
              resources:
              discovery: [local_instances]
              sinks: [cpu_sink, cpu_delta_sink]
            - name: disk_source
              interval: 60
              meters:
                  - "disk.read.bytes"
                  - "disk.device.read.bytes"
                  - "disk.device.write.requests"
              sinks: [disk_sink]
            - name: network_source
              interval: 60
              meters: ["network.incoming.bytes", "network.outgoing.packets"]
              sinks: [network_sink]
        sinks:
            - name: meter_sink
              transformers:
              publishers: ["test://"]
            - name: cpu_sink
              transformers:
                  - name: "rate_of_change"
                    parameters:
                        target:
                            name: "cpu_util"
                            unit: "%"
                            type: "gauge"
                            max: 100
                            scale: "100.0 / (10**9 * (resource_metadata.cpu_number or 1))"
              publishers: ["test://"]
            - name: cpu_delta_sink
              transformers:
                  - name: "delta"
                    parameters:
                        target:
                            name: "cpu.delta"
                        growth_only: True
              publishers: ["test://"]
            - name: disk_sink
              transformers:
                  - name: "rate_of_change"
                    parameters:
                        source:
                            map_from:
                                name: "(disk\\\\.device|disk)\\\\.(read|write)\\\\.(bytes|requests)"
                                unit: "(B|request)"
                        target:
                            map_to:
                                name: "\\\\1.\\\\2.\\\\3.rate"
                                unit: "\\\\1/s"
                            type: "gauge"
              publishers: ["test://"]
            - name: network_sink
              transformers:
                  - name: "rate_of_change"
                    parameters:
                        source:
                           map_from:
                               name: "network\\\\.(incoming|outgoing)\\\\.(bytes|packets)"
                               unit: "(B|packet)"
                        target:
                            map_to:
                                name: "network.\\\\1.\\\\2.rate"
                                unit: "\\\\1/s"
                            type: "gauge"
              publishers: ["test://"]

        """

    private func load(
        _ text: String = text, meters: [String]? = ["cpu", "memory", "disk.device.read.bytes"]
    ) -> (definition: PipelineDefinition?, told: [String]) {
        var diagnostics = Diagnostics()
        let definition = PipelineDefinition.load(
            Array(text.utf8), file: "pipeline.yaml", pollingMeters: meters.map { PollableMeters($0) },
            checkPublisher: { _, _, _ in [] },
            into: &diagnostics)
        return (definition, diagnostics.all.map(\.description))
    }

    @Test func pollingFollowsFromTheSources() throws {
        #expect(PipelineDefinition.isOfOcata(Array(Self.text.utf8), file: "pipeline.yaml"))
        let (definition, told) = load()
        let polling = try #require(definition?.polling, "\(told)")
        #expect(polling.sources.map(\.name) == ["meter_source", "cpu_source", "disk_source", "network_source"])
        #expect(polling.sources.map(\.interval) == [600, 60, 60, 60])
        #expect(polling.sources[1].discovery == ["local_instances"])
        let tasks = PollingTask.plan(polling, knownMeters: PollableMeters(["cpu", "memory", "disk.device.read.bytes"]))
        #expect(tasks.map(\.interval) == [600, 60])
        #expect(
            tasks.map(\.meters) == [["cpu", "memory", "disk.device.read.bytes"], ["cpu", "disk.device.read.bytes"]])
        // Meters that Ceilometer has no more.
        #expect(
            told.contains {
                $0.hasPrefix("pipeline.yaml:16:13: warning: this agent has no meter 'disk.read.bytes'")
            }, "\(told)")
        #expect(!told.contains { $0.contains("polling.yaml") })
    }

    @Test func besideAPollingFileTheIntervalsHaveNoEffect() throws {
        let (definition, told) = load(meters: nil)
        #expect(definition != nil && definition?.polling == nil)
        #expect(
            told.count { $0.contains("interval of source") && $0.contains("set it in polling.yaml") } == 4, "\(told)")
    }

    @Test func aSourceWithoutAnIntervalIsAnError() {
        let (definition, told) = load(
            Self.text.replacing("      interval: 60\n      meters: [\"cpu\"]", with: "      meters: [\"cpu\"]"))
        #expect(definition == nil)
        #expect(
            told.contains { $0.hasPrefix("pipeline.yaml:7:7: error: source 'cpu_source' has no \"interval\"") },
            "\(told)")
    }

    @Test(
        arguments: [
            ("interval: 600", "interval: 0"), ("interval: 600", "interval: soon"), ("resources:", "resources: 5"),
            ("[local_instances]", "7"),
        ])
    func whatOcataRefusedIsRefused(written: String, instead: String) {
        let (definition, told) = load(Self.text.replacing(written, with: instead))
        #expect(definition == nil)
        #expect(told.contains { $0.contains(": error: ") })
    }

    @Test func todaysGenerationHasNoIntervals() throws {
        #expect(!PipelineDefinition.isOfOcata(try PipelineFixtures.shipped("pipeline.yaml"), file: "pipeline.yaml"))
        #expect(!PipelineDefinition.isOfOcata(Array("sources: [}".utf8), file: "pipeline.yaml"))
    }

    @Test func ratesFollowFromTheCounters() throws {
        var router = SampleRouter(try #require(load().definition).pipelines, longestInterval: 600)
        func cycle(_ number: Double) -> [(String, Volume, String)] {
            let growth = Int128(number)
            func sample(_ name: String, _ unit: String, _ volume: Int128) -> Sample {
                TransformerBench.sample(
                    name, unit: unit, volume: .integer(volume), resource: "vm", seconds: number * 60,
                    metadata: [.init("cpu_number", .integer(2))])
            }
            let output = router.route(
                [
                    sample("cpu", "ns", growth * 30_000_000_000), sample("memory", "MiB", 512),
                    sample("disk.device.read.bytes", "B", growth * 6000),
                    sample("disk.device.write.requests", "request", growth * 120),
                    sample("network.incoming.bytes", "B", 5 + growth * 600),
                    sample("network.outgoing.packets", "packet", growth * 60),
                ], now: TransformerBench.at(number * 60), monotonicTime: nil)
            #expect(output.warnings.isEmpty)
            // The first pipeline takes all as it is.
            #expect(output.routed.first?.samples.count == 6)
            return output.routed.dropFirst().flatMap(\.samples).map { ($0.meter.name, $0.volume, $0.meter.unit) }
        }
        #expect(cycle(0).isEmpty)
        let rates = cycle(1)
        #expect(
            rates.map(\.0) == [
                "cpu_util", "cpu.delta", "disk.device.read.bytes.rate", "disk.device.write.requests.rate",
                "network.incoming.bytes.rate", "network.outgoing.packets.rate",
            ])
        #expect(rates.map(\.1) == [.real(25), .integer(30_000_000_000), .real(100), .real(2), .real(10), .real(1)])
        #expect(rates.map(\.2) == ["%", "ns", "B/s", "request/s", "B/s", "packet/s"])
    }
}
