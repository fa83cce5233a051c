import Foundation
import FoundationNetworking
import Glibc
import Testing

/// Live polling of the whole test bed under random faults of everything, for minutes: started by `Tests/soak.sh`.
@Suite struct SoakTests {
    @Test(.enabled(if: Wish.minutes != nil, "Tests/soak.sh starts it"), .timeLimit(.minutes(60)))
    func randomFaultsLoseNothingAndLeakNothing() async throws {
        let minutes = try #require(Wish.minutes)
        let soak = try await Soak(seed: Wish.seed)
        do {
            try await soak.run(for: .seconds(minutes * 60))
            let report = try await soak.finish()
            print(report.table)
            #expect(report.problems == [])
        } catch {
            try await soak.disk.unmount()
            throw error
        }
        try await soak.disk.unmount()
    }
}

/// What Tests/soak.sh was told.
private enum Wish {
    static var minutes: Double? { environment["AEROSTAT_SOAK_MINUTES"].flatMap { Double($0) } }
    static var seed: Int { environment["AEROSTAT_SOAK_SEED"].flatMap { Int($0) } ?? .random(in: 0...999_999) }
    private static var environment: [String: String] { ProcessInfo.processInfo.environment }
}

extension RunningAgent {
    /// How many payloads for collectors are in memory alone; -1 while the agent does not answer.
    func payloadsInMemory() async throws -> Int {
        do {
            return try await status().queues.filter { $0.publisher.hasPrefix("http") }
                .reduce(0) { $0 + $1.in_memory_payloads }
        } catch is URLError {
            return -1
        }
    }
}
