import Foundation
import FoundationNetworking
import Glibc
import Testing

/// Every fault of a collector at the same time, each in a queue of its own of one agent, beside a collector that is
/// well and so witnesses what there was to deliver.
@Suite struct CollectorFaultTests {
    private static let meters = #""power.state", "vcpus", "cpu", "memory.usage""#

    @Test(.timeLimit(.minutes(3)))
    func faultsThatPassLoseNothingAndDelayNobodyElse() async throws {
        let wrong: [TLSFront.WrongCertificate] = [.ofAnotherHost, .expired, .ofAStranger]
        let trials = try CollectorFault.passing.map { try FaultTrial($0) } + wrong.map { try FaultTrial($0) }
        let witness = try FaultyCollector()
        let folder = try TemporaryFolder()
        let uri = try await TestBed.shared().uri()
        func startAgent() async throws -> RunningAgent {
            try await RunningAgent(
                uri: uri, url: witness.url(), others: trials.map(\.url), meters: Self.meters, in: folder)
        }
        var agent = try await startAgent()
        let start = ContinuousClock.now
        try await healthy(trials, witness)

        let begin = ContinuousClock.now
        for trial in trials { try await trial.begin() }
        let cycles = witness.taken.count
        try await eventually("five cycles pass, and each fault has shown", within: 30) {
            witness.taken.count >= cycles + 5 && trials.allSatisfy(\.hasShown)
        }
        let newest = try #require(witness.taken.last?.samples.last?.id)
        let end = ContinuousClock.now
        for trial in trials { try trial.mend() }
        let later = witness.taken.count
        try await eventually("everything has arrived", within: 60) {
            guard witness.taken.count >= later + 3 else { return false }
            return try await agent.status().queues.allSatisfy { $0.waiting_payloads == 0 }
        }
        let queues = try await agent.status().queues
        for _ in 0..<5 {
            guard try await agent.leavesPayloads() else { break }
            agent = try await startAgent()
            let next = agent
            try await eventually("the rest has arrived", within: 60) { try await next.waitingPayloads() == 0 }
        }

        let expected = witness.taken.flatMap(\.samples).map(\.id)
        #expect(Set(expected).count == expected.count)
        for trial in trials {
            let poisoned = Set(
                trial.collector.requests.filter { $0.fate == .refused }.prefix(trial.fault.quarantines)
                    .flatMap(\.samples).map(\.id))
            check(trial, expected: expected, poisoned: poisoned, newest: newest, end: end)
            let queue = queues.first { $0.publisher.contains(":\(trial.port)/") }
            #expect(queue?.quarantined_payloads == trial.fault.quarantines, "\(trial.fault.name)")
            for pause in trial.pauses(from: begin, to: end) {
                #expect(pause >= trial.fault.pause, "\(trial.fault.name)")
            }
        }
        let waits = witness.gaps(from: begin, to: end)
        print("FAULT witness: the longest wait for a cycle was \(waits.max()?.inHundredths ?? "-") s")
        // A time-out of one of the others would delay it by two seconds and more, each cycle. A slow machine may skip one.
        let usual = try #require(witness.gaps(from: start, to: begin).median)
        #expect(waits.count { $0 >= usual + 1.5 } <= 1, "\(waits), and \(usual) before")
    }

    @Test(.timeLimit(.minutes(2)), arguments: [SIGTERM, SIGHUP])
    func refusalsLoseNothingOnceMendedAndRestartedOrReloaded(by signal: Int32) async throws {
        let trials = try CollectorFault.refusals.map { try FaultTrial($0) }
        let witness = try FaultyCollector()
        let folder = try TemporaryFolder()
        let uri = try await TestBed.shared().uri()
        func start() async throws -> RunningAgent {
            try await RunningAgent(
                uri: uri, url: witness.url(), others: trials.map(\.url), meters: Self.meters, in: folder)
        }
        var agent = try await start()
        try await healthy(trials, witness)

        for trial in trials { try await trial.begin() }
        let cycles = witness.taken.count
        try await eventually("four cycles pass, and each fault has shown", within: 30) {
            witness.taken.count >= cycles + 4 && trials.allSatisfy(\.hasShown)
        }
        // Tried again after a minute at the earliest: a refused agent must not hammer.
        for trial in trials { #expect(trial.collector.faulted == 1, "\(trial.fault.name)") }
        for trial in trials {
            var told: [String] = []
            // The collector has heard it before the agent has its answer.
            try await eventually("\(trial.fault.name) is told", within: 20) {
                told = try agent.lines("HTTP \(trial.fault.name)", ":\(trial.port)/")
                return !told.isEmpty
            }
            #expect(told.count == 1, "\(trial.fault.name)")
            if trial.fault.name.hasPrefix("3") { #expect(told.first?.contains(CollectorFault.newPlace) ?? false) }
        }
        let newest = try #require(witness.taken.last?.samples.last?.id)
        for trial in trials { try trial.mend() }
        let end = ContinuousClock.now
        if signal == SIGTERM {
            try await agent.stop()
            agent = try await start()
        } else {
            agent.signal(signal)
        }
        try await eventually("everything has arrived", within: 60) {
            guard trials.allSatisfy({ $0.arrival(of: newest) != nil }) else { return false }
            return try await agent.waitingPayloads() == 0
        }
        #expect(try await agent.stop().status == 0)
        let expected = witness.taken.flatMap(\.samples).map(\.id)
        for trial in trials { check(trial, expected: expected, poisoned: [], newest: newest, end: end) }
    }

    /// Waits until all take samples that are not faulty from the start.
    private func healthy(_ trials: [FaultTrial], _ witness: FaultyCollector) async throws {
        try await eventually("samples arrive wherever there is no fault yet", within: 30) {
            witness.taken.count >= 3
                && trials.allSatisfy { !$0.isHealthyAtFirst || $0.collector.taken.count >= 3 }
        }
    }

    /// Nothing is lost but what was poisoned, everything came in order, and nothing came twice but what had to.
    private func check(
        _ trial: FaultTrial, expected: [String], poisoned: Set<String>, newest: String,
        end: ContinuousClock.Instant
    ) {
        let name = trial.fault.name
        let verdict = DeliveryVerdict(expected: expected, taken: trial.collector.taken)
        #expect(verdict.lost == poisoned, "\(name)")
        #expect(verdict.unexpected.isEmpty, "\(name)")
        #expect(verdict.isInOrder, "\(name)")
        #expect(verdict.doubled == verdict.unheard, "\(name)")
        #expect((verdict.unheard > 0) == trial.fault.doubles, "\(name)")
        #expect(trial.collector.malformed == 0, "\(name)")
        let recovery = trial.arrival(of: newest).map { max(0, ($0 - end) / .seconds(1)) }
        #expect(recovery != nil, "\(name)")
        print(
            "FAULT \(name): \(expected.count) samples, lost \(verdict.lost.subtracting(poisoned).count), "
                + "in quarantine \(poisoned.count), doubled \(verdict.doubled), recovered in "
                + "\(recovery?.inHundredths ?? "-") s")
    }
}

extension FaultyCollector {
    /// The seconds between one payload and the next.
    fileprivate func gaps(from begin: ContinuousClock.Instant, to end: ContinuousClock.Instant) -> [Double] {
        let all = taken.filter { $0.arrived >= begin && $0.arrived <= end }
        return zip(all, all.dropFirst()).map { ($1.arrived - $0.arrived) / .seconds(1) }
    }
}

extension FaultTrial {
    /// The port in the publisher's URL.
    fileprivate var port: Int { URL(string: url)?.port ?? 0 }
}

extension [Double] {
    fileprivate var median: Double? { isEmpty ? nil : sorted()[count / 2] }
}

extension Double {
    fileprivate var inHundredths: String { String(format: "%.2f", self) }
}
