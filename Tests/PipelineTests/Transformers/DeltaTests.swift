import Fuzzing
import Telemetry
import Testing

@testable import Pipeline

@Suite struct DeltaTests {
    private func chain(_ text: String) throws -> TransformerChain {
        let (chain, told) = TransformerBench.read(text)
        return try #require(chain, "\(told)")
    }

    private func cpu(_ volume: Int128, _ seconds: Double) -> Sample {
        TransformerBench.sample("cpu", volume: .integer(volume), seconds: seconds)
    }

    @Test func growthIsToldAndRestartsAreNot() throws {
        var chain = try chain("[{name: delta, parameters: {target: {name: cpu.delta}, growth_only: True}}]")
        let result1 = chain.run([cpu(5, 0)], seconds: 0)
        #expect(result1.samples.isEmpty)
        let grown = chain.run([cpu(12, 1)], seconds: 1).samples
        #expect(grown.map(\.volume) == [.integer(7)])
        #expect(grown.first?.meter == Meter(name: "cpu.delta", type: .delta, unit: "ns"))
        let restarted = chain.run([cpu(3, 2)], seconds: 2)
        #expect(restarted.samples.isEmpty && restarted.warnings.isEmpty)
        let result2 = chain.run([cpu(10, 3)], seconds: 3)
        #expect(result2.samples.map(\.volume) == [.integer(7)])
    }

    @Test func withoutGrowthOnlyADeltaMayBeNegative() throws {
        var chain = try chain("[{name: delta}]")
        _ = chain.run([cpu(5, 0)], seconds: 0)
        let result3 = chain.run([cpu(1, 1)], seconds: 1)
        #expect(result3.samples.map(\.volume) == [.integer(-4)])
    }

    @Test func aClockThatIsSetBackSilencesNothing() throws {
        var chain = try chain("[{name: delta}]")
        _ = chain.run([cpu(5, 7200)], seconds: 7200, monotonicTime: .seconds(100))
        let back = chain.run([cpu(9, 0)], seconds: 0, monotonicTime: .seconds(110))
        #expect(back.samples.map(\.volume) == [.integer(4)])
        #expect(back.warnings.isEmpty)
        let next = chain.run([cpu(10, 10)], seconds: 10, monotonicTime: .seconds(120))
        #expect(next.samples.map(\.volume) == [.integer(1)])
    }

    /// Eight days ahead for one poll: what was remembered of the others must not be forgotten for it.
    @Test func aClockThatWasAheadMakesNothingForgotten() throws {
        var chain = try chain("[{name: delta}]")
        let other = TransformerBench.sample("cpu", volume: .integer(3), resource: "other")
        _ = chain.run([cpu(5, 0), other], seconds: 0, monotonicTime: .seconds(100))
        _ = chain.run([cpu(6, 691_200)], seconds: 691_200, monotonicTime: .seconds(4000))
        let later = TransformerBench.sample("cpu", volume: .integer(10), resource: "other", seconds: 4000)
        let result = chain.run([later], seconds: 4000, monotonicTime: .seconds(4010))
        #expect(result.samples.map(\.volume) == [.integer(7)])
    }

    @Test func deltasSumToTheGrowth() throws {
        var random = SplitMix(seed: 11)
        var chain = try chain("[{name: delta, parameters: {growth_only: true}}]")
        var volume: Int128 = 1 << 62
        let first = volume
        _ = chain.run([cpu(volume, 0)], seconds: 0)
        var sum: Int128 = 0
        for second in 1...500 {
            volume += Int128(random.next() >> 8)
            for sample in chain.run([cpu(volume, Double(second))], seconds: Double(second)).samples {
                guard case .integer(let value) = sample.volume else { continue }
                sum += value
            }
        }
        #expect(sum == volume - first)
    }
}
