import Telemetry
import Testing

@testable import Pipeline

/// What the golden cases leave out: differences to Ceilometer, bounds, and what passes unchanged.
@Suite struct TransformerTests {
    private func chain(_ text: String) throws -> TransformerChain {
        let (chain, told) = TransformerBench.read(text)
        return try #require(chain, "\(told)")
    }

    private func gauge(_ meter: String, _ volume: Volume, _ seconds: Double = 0, resource: String = "r") -> Sample {
        TransformerBench.sample(meter, .gauge, unit: "MiB", volume: volume, resource: resource, seconds: seconds)
    }

    @Test func withoutTransformersSamplesPassAsTheyAre() {
        var chain = TransformerChain()
        let sample = gauge("memory", .integer(5))
        let result1 = chain.run([sample], seconds: 0)
        #expect(result1.samples.map(\.id) == [sample.id])
        #expect(chain.isEmpty)
    }

    @Test func aScaleOfOneChangesNoVolume() throws {
        for scale in ["1", "\"volume\"", "\"volume * 1\"", "0"] {
            var chain = try chain("[{name: unit_conversion, parameters: {target: {scale: \(scale)}}}]")
            for volume in [Volume.integer(0), .integer(-7), .integer(1 << 90), .real(0.1), .real(-1e300)] {
                let output = chain.run([gauge("memory", volume)], seconds: 0)
                #expect(output.samples.map(\.volume) == [volume], "\(scale)")
            }
        }
    }

    @Test func otherUnitsPassUnchanged() throws {
        var chain = try chain(
            "[{name: unit_conversion, parameters: {source: {unit: B}, target: {unit: KB, scale: \"volume / 1024.0\"}}}]"
        )
        let bytes = TransformerBench.sample("disk.usage", .gauge, unit: "B", volume: .integer(2048))
        let memory = gauge("memory", .integer(1))
        let output = chain.run([bytes, memory], seconds: 0).samples
        #expect(output.map(\.meter.unit) == ["KB", "MiB"])
        #expect(output.map(\.volume) == [.real(2), .integer(1)])
        #expect(output[1].id == memory.id)
        #expect(chain.meters(from: [bytes.meter, memory.meter]).map(\.unit) == ["KB", "MiB"])
    }

    @Test func aFaultCostsThatSampleAndIsToldOnce() throws {
        var chain = try chain(
            "[{name: unit_conversion, parameters: {target: {scale: \"100 / (volume - 5)\"}}}]")
        let output = chain.run([gauge("memory", .integer(5)), gauge("memory", .integer(6))], seconds: 0)
        #expect(output.samples.map(\.volume) == [.real(100)])
        #expect(
            output.warnings == [
                "pipeline.yaml:5:18: unit_conversion of sink 'k' dropped a sample of 'memory', resource 'r': at character "
                    + "5 of the expression: division by zero (more such samples are dropped without a word)"
            ])
        let result2 = chain.run([gauge("memory", .integer(5))], seconds: 1)
        #expect(result2.warnings.isEmpty)
    }

    @Test func numbersThatCannotBeSentAreDropped() throws {
        var chain = try chain("[{name: unit_conversion, parameters: {target: {scale: \"volume * 1e300\"}}}]")
        let output = chain.run([gauge("memory", .real(1e300))], seconds: 0)
        #expect(output.samples.isEmpty)
        #expect(output.warnings.count == 1)
    }

    @Test func arithmeticWaitsForAllMetersOfAResource() throws {
        var chain = try chain(
            "[{name: arithmetic, parameters: {target: {name: memory_util, unit: \"%\", type: gauge, "
                + "expr: \"100 * $(memory.usage) / $(memory)\"}}}]")
        let first = chain.run(
            [gauge("memory.usage", .integer(1)), gauge("memory.usage", .integer(3), resource: "q")], seconds: 0)
        #expect(first.samples.isEmpty)
        let second = chain.run([gauge("memory", .integer(4), 10), gauge("cpu", .integer(9), 10)], seconds: 10)
        #expect(second.samples.map(\.volume) == [.real(25)])
        #expect(second.samples.first?.meter == Meter(name: "memory_util", type: .gauge, unit: "%"))
        #expect(second.samples.first?.timestamp == TransformerBench.at(10))
        let result3 = chain.run([gauge("memory", .integer(6), 20, resource: "q")], seconds: 20)
        #expect(result3.samples.map(\.volume) == [.real(50)])
        let meters = [
            Meter(name: "memory", type: .gauge, unit: "MiB"), Meter(name: "memory.usage", type: .gauge, unit: "MiB"),
        ]
        #expect(chain.meters(from: meters).map(\.name) == ["memory_util"])
        #expect(chain.meters(from: [meters[0]]).isEmpty)
    }

    @Test func aRenamedGaugeHasItsMean() throws {
        // Ceilometer divides by zero here, for ever.
        var chain = try chain("[{name: aggregator, parameters: {size: 2, target: {name: mean}}}]")
        let output = chain.run([gauge("memory", .integer(4)), gauge("memory", .integer(7), 1)], seconds: 1)
        #expect(output.samples.map(\.volume) == [.real(5.5)])
        #expect(output.samples.map(\.meter.name) == ["mean"])
    }

    @Test func whatIsKeptGoesOnThroughTheRest() throws {
        var chain = try chain("[{name: accumulator, parameters: {size: 3}}, {name: rate_of_change}]")
        func cpu(_ volume: Int128, _ seconds: Double) -> Sample {
            TransformerBench.sample("cpu", volume: .integer(volume), seconds: seconds)
        }
        // The time is that of the samples, not of the moment at which they go on.
        let result4 = chain.run([cpu(0, 0)], seconds: 0, monotonicTime: .seconds(50))
        #expect(result4.samples.isEmpty)
        let result5 = chain.run([cpu(20, 10)], seconds: 10, monotonicTime: .seconds(60))
        #expect(result5.samples.isEmpty)
        let output = chain.run([cpu(120, 20)], seconds: 20, monotonicTime: .seconds(70))
        #expect(output.samples.map(\.volume) == [.real(2), .real(10)])
    }

    @Test func idsOfNewSamplesAreNew() throws {
        var chain = try chain("[{name: unit_conversion}]")
        let samples = (0..<100).map { gauge("memory", .integer($0)) }
        let output = chain.run(samples, seconds: 0).samples
        #expect(Set(output.map(\.id)).count == 100)
        #expect(Set(output.map(\.id)).isDisjoint(with: samples.map(\.id)))
    }

    /// `retention_time` is time that passed, whatever the host's clock says.
    @Test func aggregatesAreKeptAsLongAsSaidUnderAClockThatIsSet() throws {
        var chain = try chain("[{name: aggregator, parameters: {size: 100, retention_time: 30}}]")
        let first = chain.run([gauge("memory", .integer(1))], seconds: 7200, monotonicTime: .seconds(100))
        #expect(first.samples.isEmpty)
        let ahead = chain.run([gauge("memory", .integer(2))], seconds: 700_000, monotonicTime: .seconds(110))
        #expect(ahead.samples.isEmpty)
        let back = chain.run([gauge("memory", .integer(3))], seconds: 0, monotonicTime: .seconds(131))
        #expect(back.samples.map(\.volume) == [.real(2)])
    }

    @Test func memoryIsBounded() {
        var memory = SeriesMemory<Int>(most: 3)
        for number in 0..<3 {
            let isKept = memory.remember(number, of: gauge("m\(number)", .integer(1)), at: .zero)
            #expect(isKept)
        }
        let isFull = !memory.remember(3, of: gauge("m3", .integer(1)), at: .zero)
        #expect(isFull)
        // What was not seen at this moment makes room.
        let isKept = memory.remember(3, of: gauge("m3", .integer(1), 1), at: .seconds(1))
        #expect(isKept)
        #expect(memory.count == 1)
        memory.forget(before: .seconds(2))
        #expect(memory.count == 0)
    }
}
