import Foundation
import FoundationNetworking
import Fuzzing
import Glibc
import TestServers
import Testing

/// The agent is killed without warning at random moments of its life: 6 times, 200 times with `Tests/run.sh --full`.
@Suite struct KillTests {
    private static var isFull: Bool { ProcessInfo.processInfo.environment["AEROSTAT_TEST_FULL"] != nil }
    private static let samplesPerPayload = 5

    /// Many small payloads in two queues, whose collectors take, refuse and dawdle in turn.
    @Test(.timeLimit(.minutes(15)))
    func killsAtRandomMomentsLoseNothingAndDoubleAtMostThePayloadUnderWay() async throws {
        let rounds = Self.isFull ? 200 : 6
        let seed = Int.random(in: 0...999_999)
        print("KILL seed \(seed)")
        var random = SplitMix(seed: seed)
        let collectors = [try FaultyCollector(), try FaultyCollector()]
        let folder = try TemporaryFolder()
        let uri = try await TestBed.shared().uri()
        func start() async throws -> RunningAgent {
            try await RunningAgent(
                uri: uri, url: collectors[0].url(),
                others: [collectors[1].url(), "file://\(folder.path("witness"))?json"],
                meters: #""power.state", "vcpus", "cpu", "memory.usage", "memory.resident""#,
                settings: "[aerostat]\nmax_samples_per_request = \(Self.samplesPerPayload)\n", in: folder)
        }

        var starts: [ContinuousClock.Instant] = []
        var moments: [LifeMoment: Int] = [:]
        var promised = [0, 0]
        for round in 0..<rounds {
            for collector in collectors { collector.becomes(.allCases.randomElement(using: &random) ?? .willing) }
            // The first life is long enough for there to be something from the start.
            let life = Duration.milliseconds(round == 0 ? 2500 : Int.random(in: 0..<2000, using: &random))
            starts.append(.now)
            let agent = try await start()
            let moment = ContinuousClock.now + life
            let seen = try await withThrowingTaskGroup(of: [Int]?.self) { group in
                group.addTask { try await Self.watch(agent, collectors) }
                try await Task.sleep(until: moment)
                agent.signal(SIGKILL)
                moments[LifeMoment(of: collectors, since: starts[round], at: .now), default: 0] += 1
                group.cancelAll()
                return try await group.next() ?? nil
            }
            if let seen { for (index, count) in seen.enumerated() { promised[index] = max(promised[index], count) } }
            try await agent.die()
            #expect(agent.exitStatus == -SIGKILL)
            // What it sent last is noted as of its own life, not of the next.
            for collector in collectors { try await collector.hearsOut() }
        }

        for collector in collectors { collector.becomes(.willing) }
        for _ in 0..<5 {
            let began = ContinuousClock.now
            starts.append(began)
            let last = try await start()
            try await eventually("nothing waits", within: 120) {
                guard collectors.allSatisfy({ $0.taken.last.map { $0.arrived > began } ?? false }) else { return false }
                return try await last.waitingPayloads() == 0
            }
            guard try await last.leavesPayloads() else { break }
            for collector in collectors { try await collector.hearsOut() }
        }

        let written = try WitnessFile(folder.path("witness")).ids
        let taken = collectors.map(\.takenIDs)
        let all = taken.reduce(into: written) { $0.formUnion($1) }
        var figures: [String] = []
        for (index, collector) in collectors.enumerated() {
            let lost = all.subtracting(taken[index])
            #expect(lost.isEmpty, "collector \(index)")
            #expect(taken[index].count >= promised[index], "collector \(index)")
            let retraces = Retraces(of: collector.taken, starts: starts)
            #expect(retraces.faults == [], "collector \(index)")
            #expect(collector.malformed == 0)
            figures.append("lost \(lost.count), payloads doubled \(retraces.doubled) of \(collector.taken.count)")
        }
        let hits = LifeMoment.allCases.map { "\($0.rawValue) \(moments[$0] ?? 0)" }.joined(separator: ", ")
        print("KILL \(rounds) kills (\(hits)); \(all.count) samples; \(figures.joined(separator: "; "))")
    }

    /// How many samples each collector must have in the end, by what the status page shows as waiting.
    private static func watch(_ agent: RunningAgent, _ collectors: [FaultyCollector]) async throws -> [Int] {
        var most = collectors.map { _ in 0 }
        while true {
            let before = collectors.map(\.takenIDs.count)
            do {
                let queues = try await agent.status().queues
                for (index, collector) in collectors.enumerated() {
                    let waiting = queues.first { $0.publisher.contains(":\(collector.port)/") }?.waiting_samples ?? 0
                    // One payload may be taken already and still be waiting for the answer.
                    most[index] = max(most[index], before[index] + waiting - samplesPerPayload)
                }
            } catch is URLError {
                // It does not listen yet, or no more.
            }
            do { try await Task.sleep(for: .milliseconds(50)) } catch { return most }
        }
    }
}

/// What the agent was doing when it was killed.
private enum LifeMoment: String, CaseIterable {
    /// Nothing was heard of it yet.
    case startUp = "starting"
    /// A request was under way, or had just been.
    case delivery = "delivering"
    /// Between deliveries: polling, or waiting for the next cycle or attempt.
    case idle

    init(of collectors: [FaultyCollector], since start: ContinuousClock.Instant, at moment: ContinuousClock.Instant) {
        let last = collectors.compactMap { $0.requests.last?.arrived }.max()
        if let last, last > start {
            self = collectors.contains(where: \.isBusy) || moment - last < .milliseconds(20) ? .delivery : .idle
        } else {
            self = .startUp
        }
    }
}

/// How a collector is in one life of the agent.
private enum Mood: CaseIterable {
    case willing, refusing, dawdling
}

extension FaultyCollector {
    fileprivate func becomes(_ mood: Mood) {
        switch mood {
        case .willing: mend()
        case .refusing: begin { _, _ in .refuses(.status(503)) }
        case .dawdling: begin { _, _ in .takes(after: 0.1) }
        }
    }
}

extension RunningAgent {
    /// How many payloads wait on disk; -1 while the agent does not listen yet.
    func waitingPayloads() async throws -> Int {
        do {
            return try await status().queues.reduce(0) { $0 + $1.waiting_payloads }
        } catch is URLError {
            return -1
        }
    }
}
