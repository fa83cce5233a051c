import Foundation
import Fuzzing

/// A soak: one agent, a collector that is well, three that have faults in turn, and the host's faults one by one.
struct Soak {
    let disk: StateDisk
    let agent: SupervisedAgent
    let seed: Int
    let witness: FaultyCollector
    let collectors: [FaultyCollector]
    let folder: TemporaryFolder
    private let bed: TestBed
    let start = ContinuousClock.now

    /// How long nothing happens at first and at last.
    static let quiet = Duration.seconds(24)

    init(seed: Int) async throws {
        Self.say("SOAK seed \(seed)")
        self.seed = seed
        bed = try TestBed.shared()
        witness = try FaultyCollector()
        collectors = try (0..<3).map { _ in try FaultyCollector() }
        folder = try TemporaryFolder()
        let state = folder.path("state")
        disk = try await StateDisk.memory(at: state, mebibytes: 96)
        let uri = try await bed.uri()
        agent = try await SupervisedAgent(directory: state) { [witness, collectors, folder] in
            try await RunningAgent(
                uri: uri, url: witness.url(),
                others: collectors.map { $0.url(CollectorFault.soakingParameters) }
                    + ["file://\(folder.path("witness"))?json"],
                meters:
                    #""power.state", "vcpus", "cpu", "memory.*", "disk.device.read.bytes", "network.incoming.bytes""#,
                settings: "[aerostat]\nlibvirt_timeout = 1\n", in: folder)
        }
    }

    /// Faults for so long, between two quiet times.
    func run(for length: Duration) async throws {
        let begin = start + Self.quiet
        let end = begin + length
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await observe(until: end + Self.quiet * 2) }
            try await Task.sleep(until: begin)
            for (index, collector) in collectors.enumerated() {
                group.addTask { try await plague(collector, index, until: end) }
            }
            group.addTask { try await plagueHost(from: begin, until: end) }
            try await group.waitForAll()
        }
    }

    private func observe(until end: ContinuousClock.Instant) async throws {
        while ContinuousClock.now < end {
            try await agent.look()
            try await Task.sleep(for: .seconds(2))
        }
    }

    private func plague(_ collector: FaultyCollector, _ index: Int, until end: ContinuousClock.Instant) async throws {
        var random = SplitMix(seed: seed + 1 + index)
        while true {
            let pause = Duration.milliseconds(Int.random(in: 3000...12_000, using: &random))
            let length = Duration.milliseconds(Int.random(in: 3000...15_000, using: &random))
            guard let fault = CollectorFault.soaking.randomElement(using: &random) else { return }
            try await Task.sleep(for: pause)
            guard ContinuousClock.now + length < end else { return }
            say("collector \(index): \(fault.name)")
            if let reaction = fault.reaction {
                collector.begin(reaction)
                try await Task.sleep(for: length)
                collector.mend()
            } else {
                collector.stopListening()
                try await Task.sleep(for: length)
                try collector.listen()
            }
        }
    }

    /// Each fault once in random order, then again. The agent's own ends are over after the first 40 per cent, so that
    /// its last life is long enough to show whether it grows.
    private func plagueHost(from begin: ContinuousClock.Instant, until end: ContinuousClock.Instant) async throws {
        var random = SplitMix(seed: seed)
        while true {
            for fault in HostFault.allCases.shuffled(using: &random) {
                let length = Duration.milliseconds(Int.random(in: 2000...9000, using: &random))
                let pause = Duration.milliseconds(Int.random(in: 1000...6000, using: &random))
                let now = ContinuousClock.now
                guard now + length + pause < end else { return }
                if fault.endsAgent, now - begin > (end - begin) * 0.4 { continue }
                say("host: \(fault.rawValue)")
                try await fault.happen(for: length, bed: bed, agent: agent, disk: disk)
                try await Task.sleep(for: pause)
            }
        }
    }

    private func say(_ event: String) {
        Self.say("SOAK \(Int((ContinuousClock.now - start) / .seconds(1))) s: \(event)")
    }

    /// At once, for those who watch: standard output may be held back to the end.
    private static func say(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }

    /// Waits until all has arrived, ends the agent and compares.
    func finish() async throws -> SoakReport {
        let waiting = witness.takenIDs
        try await eventually("everything arrives", within: 180) {
            guard try await agent.current.waitingPayloads() == 0 else { return false }
            return collectors.allSatisfy { waiting.isSubset(of: $0.takenIDs) }
        }
        try await agent.current.stop()
        return try await SoakReport(self)
    }
}
