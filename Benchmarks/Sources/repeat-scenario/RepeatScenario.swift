import Glibc
import Scenarios

/// `repeat-scenario` lists the scenarios; `repeat-scenario NAME COUNT` repeats one so often, and says how much CPU time
/// and how many bytes one repetition takes.
@main
struct RepeatScenario {
    static func main() async throws {
        guard CommandLine.arguments.count == 3, let count = Int(CommandLine.arguments[2]), count >= 0 else {
            for scenario in Scenario.all { print(scenario.name, scenario.count, scenario.unit, separator: "\t") }
            return
        }
        guard let scenario = Scenario.all.first(where: { $0.name == CommandLine.arguments[1] }) else {
            print("there is no scenario \(CommandLine.arguments[1])")
            exit(2)
        }
        let repetition = try await scenario.prepare()
        // What is made once, such as what resources know of themselves.
        var bytes = try await repetition()
        let start = cpuTime()
        for _ in 0..<count { bytes = try await repetition() }
        print(scenario.name, (cpuTime() - start) / Double(max(1, count)) * 1000, bytes, separator: "\t")
    }

    /// Seconds that this process has used.
    private static func cpuTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
