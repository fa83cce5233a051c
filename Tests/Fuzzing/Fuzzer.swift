import Foundation
import Glibc

/// Tries a parser with its corpus and with mutations of it. No instrumentation: what an input showed for the first
/// time, by the trial's own word, stands for coverage.
public struct Fuzzer: Sendable {
    private let name: String
    private let corpus: Corpus
    private let dictionary: FuzzDictionary
    private let budget: FuzzBudget
    private let maximumSize: Int

    /// A try that takes more of the processor has failed: several times what the slowest take in a debug build. What waits
    /// for ever is `TriedInput`'s business: on a busy machine no other clock tells.
    private static let slow = Duration.seconds(30)
    /// So many inputs that showed something new are kept, and none longer than this.
    private static let (poolLimit, pooledSize) = (600, 3000)

    /// What came of a run.
    public struct Report: Sendable, CustomStringConvertible {
        /// Inputs that were taken.
        public var accepted = 0
        /// Inputs that were refused.
        public var rejected = 0
        /// What was shown.
        public var traits: Set<String> = []
        /// How long it took.
        public var duration = Duration.zero
        /// How long the slowest try took, and how many bytes it had.
        public var slowest = (duration: Duration.zero, size: 0)
        /// The seed.
        public var seed = 0

        /// The numbers in a line.
        public var description: String {
            "\(accepted + rejected) tries in \(duration.formatted(.units(allowed: [.seconds], fractionalPart: .show(length: 1)))) "
                + "from seed \(seed): \(accepted) accepted, \(rejected) rejected, \(traits.count) traits; \(slowest.size) bytes took \(slowest.duration) at most"
        }
    }

    /// A fuzzer of that name, which names its file, too.
    public init(
        _ name: String, corpus: Corpus, dictionary: FuzzDictionary, budget: FuzzBudget, maximumSize: Int = 65_536
    ) {
        self.name = name
        self.corpus = corpus
        self.dictionary = dictionary
        self.budget = budget
        self.maximumSize = maximumSize
    }

    /// Runs. Throws `Failure` at the first input for which `body` throws or takes too long, and if fewer than the given
    /// shares of all inputs were accepted or rejected: such a run would not have been where the parser works.
    @discardableResult
    public func run(
        accepting: Double = 0.05, rejecting: Double = 0.05, _ body: ([UInt8]) async throws -> Trial
    ) async throws -> Report {
        let file = try TriedInput(name: name)
        var isKept = true
        defer { file.end(keeping: isKept) }
        if let path = budget.input {
            let bytes = Array(try Data(contentsOf: URL(filePath: path)))
            _ = try await attempt(bytes, body, file, "the input \(path)")
            isKept = false
            return Report()
        }
        // Said at once: a trap leaves no chance to say it.
        TriedInput.say("fuzz \(name): seed \(budget.seed), what is being tried is in \(file.path)")
        var report = Report(seed: budget.seed)
        var accepted: [[UInt8]] = []
        var rejected: [[UInt8]] = []
        let start = ContinuousClock.now

        func note(_ trial: Trial, _ bytes: [UInt8], isSeed: Bool = false) {
            if trial.isAccepted { report.accepted += 1 } else { report.rejected += 1 }
            let isNew = report.traits.insert("\(trial.isAccepted) \(trial.trait)").inserted
            guard isSeed || isNew && bytes.count <= Self.pooledSize else { return }
            if trial.isAccepted { accepted.append(bytes) } else { rejected.append(bytes) }
            if accepted.count > Self.poolLimit { accepted.remove(at: corpus.inputs.count) }
            if rejected.count > Self.poolLimit { rejected.remove(at: corpus.inputs.count) }
        }

        for input in corpus.inputs {
            let trial = try await attempt(input.bytes, body, file, "\(input.name) of the corpus")
            note(trial, input.bytes, isSeed: true)
        }
        var mutator = Mutator(dictionary, maximumSize: maximumSize, random: SplitMix(seed: budget.seed))
        var number = 0
        while isLeft(number, since: start) {
            // What is refused is refused again, mostly.
            let isFromRejected = accepted.isEmpty || number.isMultiple(of: 4) && !rejected.isEmpty
            let bytes = mutator.input(from: isFromRejected ? rejected : accepted)
            let began = Self.processorTime
            let trial = try await attempt(bytes, body, file, "try \(number) from seed \(budget.seed)")
            let taken = Self.processorTime - began
            if taken > report.slowest.duration { report.slowest = (taken, bytes.count) }
            note(trial, bytes)
            number += 1
        }
        isKept = false
        report.duration = start.duration(to: .now)
        TriedInput.say("fuzz \(name): \(report)")
        let total = Double(report.accepted + report.rejected)
        guard Double(report.accepted) >= accepting * total, Double(report.rejected) >= rejecting * total else {
            throw Failure(description: "the shares are not those of a run that reaches deep: \(report)")
        }
        return report
    }

    private func isLeft(_ number: Int, since start: ContinuousClock.Instant) -> Bool {
        if let tries = budget.tries { return number < tries }
        return start.duration(to: .now) < .seconds(budget.seconds)
    }

    private func attempt(
        _ bytes: [UInt8], _ body: ([UInt8]) async throws -> Trial, _ file: TriedInput, _ what: String
    ) async throws -> Trial {
        // Twice more if it is slow: it may have been another thread.
        for _ in 0..<3 {
            try file.begin(bytes)
            let start = Self.processorTime
            do {
                let trial = try await body(bytes)
                file.pause()
                if Self.processorTime - start < Self.slow { return trial }
            } catch {
                file.pause()
                let small = await smallest(bytes, body, file)
                try file.begin(bytes)
                file.pause()
                throw Failure(
                    description: "\(error)\n  with \(what); again: AEROSTAT_FUZZ_INPUT=\(file.path)\n  smaller: "
                        + String(decoding: small.prefix(2000), as: UTF8.self).debugDescription)
            }
        }
        throw Failure(
            description:
                "takes more than \(Self.slow) of the processor for \(bytes.count) bytes\n  with \(what); again: "
                + "AEROSTAT_FUZZ_INPUT=\(file.path)")
    }

    /// What this process has had of the processor so far.
    private static var processorTime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// The input without whatever it can lose and still fail, as far as a few seconds allow.
    private func smallest(
        _ bytes: [UInt8], _ body: ([UInt8]) async throws -> Trial, _ file: TriedInput
    ) async -> [UInt8] {
        let start = ContinuousClock.now
        var best = bytes
        var piece = max(1, bytes.count / 2)
        while true {
            var offset = 0
            var isSmaller = false
            while offset < best.count, start.duration(to: .now) < .seconds(10) {
                var candidate = best
                candidate.removeSubrange(offset..<min(best.count, offset + piece))
                do {
                    try file.begin(candidate)
                    _ = try await body(candidate)
                    offset += piece
                } catch {
                    best = candidate
                    isSmaller = true
                }
            }
            file.pause()
            if piece == 1, !isSmaller || start.duration(to: .now) >= .seconds(10) { return best }
            piece = max(1, piece / 2)
        }
    }

    /// Why a run failed, and how to see it again.
    public struct Failure: Error, CustomStringConvertible {
        /// What happened, and what to do.
        public let description: String
    }
}
