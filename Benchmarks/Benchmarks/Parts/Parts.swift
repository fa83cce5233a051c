import Benchmark
import Glibc
import Scenarios

let benchmarks: @Sendable () -> Void = {
    for scenario in Scenario.all {
        // Not `.cpuTotal`, which goes by the tick: ten milliseconds.
        let perItem = BenchmarkMetric.custom("CPU ns / \(scenario.unit)", polarity: .prefersSmaller)
        let prepared = Prepared()
        Benchmark(
            scenario.name,
            configuration: .init(
                metrics: [perItem, .wallClock, .peakMemoryResident], warmupIterations: 3,
                maxDuration: .seconds(3), maxIterations: 1000),
            closure: { benchmark in
                guard let repetition = prepared.repetition else { return benchmark.error("it was not prepared") }
                let start = cpuNanoseconds()
                benchmark.startMeasurement()
                do { blackHole(try await repetition()) } catch { benchmark.error("\(error)") }
                benchmark.stopMeasurement()
                benchmark.measurement(perItem, (cpuNanoseconds() - start) / scenario.count)
            },
            setup: { prepared.repetition = try await scenario.prepare() },
            teardown: { prepared.repetition = nil })
    }
}

/// What a benchmark's setup leaves to its repetitions. They follow each other.
private final class Prepared {
    var repetition: Scenario.Repetition?
}

private func cpuNanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
