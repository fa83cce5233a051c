import Fuzzing
import Telemetry
import Testing

@testable import Pipeline

@Suite struct RateOfChangeTests {
    private static let util = """
        [{name: rate_of_change, parameters: {target: {name: cpu_util, unit: "%", type: gauge, max: 100, \
        scale: "100.0 / (10**9 * (resource_metadata.cpu_number or 1))"}}}]
        """

    private func chain(_ text: String = util) throws -> TransformerChain {
        let (chain, told) = TransformerBench.read(text)
        return try #require(chain, "\(told)")
    }

    private func cpu(_ ns: Int128, _ seconds: Double, resource: String = "r") -> Sample {
        TransformerBench.sample(
            "cpu", volume: .integer(ns), resource: resource, seconds: seconds,
            metadata: [.init("cpu_number", .integer(2))])
    }

    @Test func cpuUtilIsTheBusyShareOfAllProcessors() throws {
        var chain = try chain()
        let result1 = chain.run([cpu(1_000_000_000, 0)], seconds: 0)
        #expect(result1.samples.isEmpty)
        let busy = cpu(6_000_000_000, 10)
        let output = chain.run([busy], seconds: 10)
        let sample = try #require(output.samples.first)
        #expect(output.warnings.isEmpty)
        #expect(sample.meter == Meter(name: "cpu_util", type: .gauge, unit: "%"))
        #expect(sample.volume == .real(25))
        #expect(sample.timestamp == busy.timestamp)
        #expect(sample.resource === busy.resource)
        #expect(sample.id != busy.id)
        // At most 100, also where the clocks of host and counter differ.
        let result2 = chain.run([cpu(60_000_000_000, 20)], seconds: 20)
        #expect(result2.samples.map(\.volume) == [.integer(100)])
    }

    @Test func aCounterThatRestartsHasGrownByWhatItShows() throws {
        var chain = try chain()
        _ = chain.run([cpu(50_000_000_000, 0)], seconds: 0)
        let result3 = chain.run([cpu(2_000_000_000, 10)], seconds: 10)
        #expect(result3.samples.map(\.volume) == [.real(10)])
        let result4 = chain.run([cpu(4_000_000_000, 20)], seconds: 20)
        #expect(result4.samples.map(\.volume) == [.real(10)])
    }

    @Test func seriesAreToldApartByMeterAndResourceInAnyOrder() throws {
        var chain = try chain("[{name: rate_of_change}]")
        func disk(_ name: String, _ volume: Int128, _ seconds: Double) -> Sample {
            TransformerBench.sample("disk.\(name)", volume: .integer(volume), resource: name, seconds: seconds)
        }
        _ = chain.run([disk("vda", 0, 0), disk("vdb", 100, 0)], seconds: 0)
        let output = chain.run([disk("vdb", 300, 10), disk("vda", 50, 10)], seconds: 10)
        #expect(output.samples.map(\.volume) == [.real(20), .real(5)])
        #expect(output.samples.map(\.resource.id) == ["vdb", "vda"])
    }

    @Test func aClockThatIsSetMakesNoWrongRate() throws {
        var chain = try chain()
        _ = chain.run([cpu(0, 0)], seconds: 0, monotonicTime: .seconds(100))
        // An hour ahead, and back again.
        let ahead = chain.run([cpu(10_000_000_000, 3600)], seconds: 3600, monotonicTime: .seconds(110))
        #expect(ahead.samples.map(\.volume) == [.real(50)])
        let back = chain.run([cpu(20_000_000_000, 20)], seconds: 20, monotonicTime: .seconds(120))
        #expect(back.samples.map(\.volume) == [.real(50)])
        #expect(back.warnings.isEmpty)
    }

    @Test func aSampleOfTheSameMomentSaysNothing() throws {
        var chain = try chain()
        _ = chain.run([cpu(0, 0)], seconds: 0)
        let result5 = chain.run([cpu(1_000_000_000, 1), cpu(1_000_000_000, 1)], seconds: 1)
        #expect(result5.samples.count == 1)
    }

    @Test func aSampleOutOfOrderIsDroppedWithOneWord() throws {
        var chain = try chain()
        _ = chain.run([cpu(0, 10)], seconds: 10)
        let output = chain.run([cpu(5, 5), cpu(6, 6)], seconds: 11)
        #expect(output.samples.isEmpty)
        #expect(output.warnings.count == 1)
        #expect(
            output.warnings.first?.hasPrefix(
                "pipeline.yaml:5:18: rate_of_change of sink 'k' dropped a sample of 'cpu', resource 'r': it is older")
                == true, "\(output.warnings)")
        let result6 = chain.run([cpu(2_000_000_000, 20)], seconds: 20)
        #expect(result6.samples.map(\.volume) == [.real(10)])
    }

    @Test func aFactorMultipliesTheRate() throws {
        var chain = try chain("[{name: rate_of_change, parameters: {target: {scale: 8, unit: bit/s}}}]")
        _ = chain.run([cpu(0, 0)], seconds: 0)
        let result7 = chain.run([cpu(100, 10)], seconds: 10)
        #expect(result7.samples.map(\.volume) == [.real(80)])
    }

    @Test func aResourceThatIsGoneIsForgotten() throws {
        var chain = try chain()
        _ = chain.run([cpu(0, 0), cpu(0, 0, resource: "other")], seconds: 0)
        for hour in 1...30 {
            _ = chain.run([cpu(Int128(hour) * 1_000_000_000, Double(hour) * 3600)], seconds: Double(hour) * 3600)
        }
        // What comes again after a day is new.
        let again = Double(30 * 3600 + 1)
        let result8 = chain.run([cpu(1, again, resource: "other")], seconds: again)
        #expect(result8.samples.isEmpty)
        let result9 = chain.run([cpu(1_000_000_001, again + 1, resource: "other")], seconds: again + 1)
        #expect(result9.samples.count == 1)
        #expect(TransformerChain.memory(longestInterval: 300) == .seconds(86_400))
        #expect(TransformerChain.memory(longestInterval: 100_000) == .seconds(300_000))
    }

    @Test func ratesTimesTimeAreTheGrowth() throws {
        var random = SplitMix(seed: 7)
        for _ in 0..<200 {
            var chain = try chain("[{name: rate_of_change}]")
            var (volume, seconds, last): (Int128, Double, Double) = (Int128(random.next() % 1_000_000), 0, 0)
            let first = volume
            _ = chain.run([cpu(volume, 0)], seconds: 0)
            var sum = 0.0
            for _ in 0..<20 {
                volume += Int128(random.next() % 1_000_000_000)
                seconds += 1 + Double(random.next() % 600)
                let samples = chain.run([cpu(volume, seconds)], seconds: seconds).samples
                sum += try #require(samples.first).volume.double * (seconds - last)
                last = seconds
            }
            #expect(abs(sum - Double(volume - first)) <= 1e-9 * sum)
        }
    }
}
