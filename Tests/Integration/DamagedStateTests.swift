import Foundation
import Glibc
import Testing

/// A database that is cut off, or has bits that flipped, at random places: while the agent is down, and while it runs.
@Suite struct DamagedStateTests {
    /// How many places.
    private static let places = isFullTest ? 40 : 4
    /// Samples and payloads are the same thing then.
    private static let oneSample = "[aerostat]\nmax_samples_per_request = 1\n"

    /// A damage of a file of a state directory.
    private enum Damage: CaseIterable {
        case cutDatabase, flippedDatabase, cutLog, flippedLog

        var file: String {
            switch self {
            case .cutDatabase, .flippedDatabase: "outbox.sqlite"
            case .cutLog, .flippedLog: "outbox.sqlite-wal"
            }
        }

        /// Applies it at a random place, and says where.
        func apply(to state: String, _ random: inout Places) throws -> String {
            let url = URL(filePath: "\(state)/\(file)")
            var data = try Data(contentsOf: url)
            guard !data.isEmpty else { throw CommandError(description: "\(url.path()) is empty") }
            let place = Int.random(in: 0..<data.count, using: &random)
            switch self {
            case .cutDatabase, .cutLog:
                let size = data.count
                data = data.prefix(place)
                try data.write(to: url)
                return "\(file) of \(size) bytes cut off at \(place)"
            case .flippedDatabase, .flippedLog:
                let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &random)
                data[place] ^= bit
                try data.write(to: url)
                return "\(file) of \(data.count) bytes, byte \(place) xor \(bit)"
            }
        }
    }

    /// Repeatable randomness (SplitMix64).
    private struct Places: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private static func seed() -> UInt64 {
        ProcessInfo.processInfo.environment["AEROSTAT_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...999_999)
    }

    @Test(.timeLimit(.minutes(15)))
    func damagedWhileTheAgentIsDown() async throws {
        let seed = Self.seed()
        print("FAULT seed \(seed) (AEROSTAT_TEST_SEED)")
        let folder = try TemporaryFolder()
        let receiver = try await BodyReceiver()
        receiver.refuse(503)
        try await backlog(in: folder, for: receiver)
        receiver.refuse(nil)
        // What an undamaged copy yields, to the byte.
        let sound = try await deliver(folder, to: receiver, damage: nil) { _ in "no damage" }
        #expect(Set(sound.old.values.map(\.at)).count >= 6)
        #expect(sound.reported == nil, "\(sound.reported ?? "")")
        var random = Places(state: seed)
        for round in 0..<Self.places {
            let damage = Damage.allCases[round % Damage.allCases.count]
            await fault("damage \(round)") {
                let trial = try await deliver(folder, to: receiver, damage: damage) {
                    try damage.apply(to: $0, &random)
                }
                try judge(trial, against: sound.old)
            }
        }
        await receiver.stop()
    }

    /// Leaves a state directory behind whose payloads wait, some in the database, some in its log.
    private func backlog(in folder: TemporaryFolder, for receiver: BodyReceiver) async throws {
        for (round, signal) in [SIGTERM, SIGKILL].enumerated() {
            let agent = try await start(receiver.url, in: folder)
            // Several transactions in each.
            try await agent.shows("payloads wait", within: 30) { $0.cycles.polled >= 2 + 2 * round && $0.inMemory == 0 }
            if signal == SIGTERM { try await agent.stop() } else { try await agent.die() }
        }
    }

    private func start(
        _ url: String, in folder: TemporaryFolder, interval: Int = 1, meters: String = StateDiskTests.meters,
        settings: String = oneSample
    ) async throws -> RunningAgent {
        try await RunningAgent(
            uri: TestBed.shared().uri(), url: url, interval: interval, meters: meters, settings: settings, in: folder)
    }

    /// A sample that waited.
    private struct Old {
        let at: Double
        let body: Data
    }

    /// What came of one copy of the state directory.
    private struct Trial {
        let what: String
        let damage: Damage?
        /// The old samples that arrived, by id.
        let old: [String: Old]
        /// How many samples arrived that were polled meanwhile.
        let live: Int
        let doubled: Int
        let malformed: Int
        /// The line that tells of the damage.
        let reported: String?
        let kept: [String]
        let recovered: Double

        func number(_ pattern: Regex<(Substring, Substring)>) -> Int? {
            reported?.firstMatch(of: pattern).flatMap { Int($0.1) }
        }
    }

    /// Damages a copy of a state directory and lets an agent deliver what it finds there.
    private func deliver(
        _ original: TemporaryFolder, to receiver: BodyReceiver, damage: Damage?,
        apply: (String) throws -> String
    ) async throws -> Trial {
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: original.path("state"), toPath: folder.path("state"))
        let what = try apply(folder.path("state"))
        _ = receiver.take()
        let began = Date()
        // Each sample is a payload: of more in a second a slow machine's debug build would never be done.
        let agent = try await start(receiver.url, in: folder, interval: 3)
        try await agent.shows("\(what): all arrived and polling goes on", within: 40) {
            $0.waiting == 0 && $0.cycles.polled >= 2
        }
        let recovered = Date().timeIntervalSince(began)
        let reported = try agent.log.split(separator: "\n").map(String.init).first { $0.contains("damaged") }
        #expect(try await agent.stop().status == 0, "\(what)")
        var old: [String: Old] = [:]
        var doubled = 0
        var malformed = 0
        var live = 0
        for body in receiver.take() {
            do {
                for sample in try JSONDecoder().decode([ReceivedSample].self, from: body) {
                    let at = try moment(sample.timestamp)
                    guard at < began.timeIntervalSince1970 else {
                        live += 1
                        continue
                    }
                    if old.updateValue(Old(at: at, body: body), forKey: sample.id) != nil { doubled += 1 }
                }
            } catch {
                malformed += 1
            }
        }
        #expect(live > 0, "\(what): live polling goes on")
        let kept = try FileManager.default.contentsOfDirectory(atPath: folder.path("state")).filter {
            $0.contains(".damaged-")
        }
        return Trial(
            what: what, damage: damage, old: old, live: live, doubled: doubled, malformed: malformed,
            reported: reported,
            kept: kept,
            recovered: recovered)
    }

    private func judge(_ trial: Trial, against sound: [String: Old]) throws {
        let what = trial.what
        let lost = sound.filter { trial.old[$0.key] == nil }
        let unknown = Set(trial.old.keys).subtracting(sound.keys).count
        let altered = trial.old.count { id, old in sound[id].map { $0.body != old.body } ?? false }
        #expect(unknown == 0 && trial.malformed == 0, "\(what): \(unknown) unknown, \(trial.malformed) malformed")
        #expect(altered == 0, "\(what): \(altered) payloads arrived that differ from what was handed over")
        #expect(trial.doubled <= 1, "\(what): doubled \(trial.doubled)")
        if let line = trial.reported {
            #expect(!trial.kept.isEmpty, "\(what): the damaged file is kept")
            let saved = trial.number(/(\d+) payloads were saved/)
            // A payload that has changed is found when it is to be sent: those before it have been delivered by then,
            // and those that were polled meanwhile wait behind it.
            if trial.damage == .flippedDatabase {
                let most = trial.old.count + trial.live
                #expect(try #require(saved) <= most, "\(what): \(most) arrived, and it says: \(line)")
            } else {
                #expect(saved == trial.old.count, "\(what): \(trial.old.count) arrived, and it says: \(line)")
            }
            if let told = trial.number(/(\d+)[a-z ]* lost/) ?? trial.number(/lost=(\d+)/) {
                #expect(told == lost.count, "\(what): \(lost.count) are lost, and it says: \(line)")
            }
        } else if !lost.isEmpty {
            // A log that ends early, or whose newest transaction is not whole, is what a crash in mid-transaction leaves
            // behind, too: nobody can tell that its end had been there. All else must be told.
            let newest = trial.old.values.map(\.at).max() ?? 0
            let isEnd = lost.values.allSatisfy { $0.at > newest }
            let cycles = Set(lost.values.map(\.at)).count
            let isExcused = isEnd && (trial.damage == .cutLog || trial.damage == .flippedLog && cycles == 1)
            #expect(isExcused, "\(what): \(lost.count) of \(sound.count), \(cycles) cycles', are lost in silence")
        }
        print(
            "FAULT \(what): waiting \(sound.count), lost \(lost.count), doubled \(trial.doubled), altered \(altered), "
                + "told \(trial.reported != nil), recovered in \(seconds(trial.recovered)) s")
    }

    @Test(.timeLimit(.minutes(3)), .enabled(if: isFullTest, "more than SQLite keeps in memory must wait: with --full"))
    func damagedWhileTheAgentRuns() async throws {
        let seed = Self.seed()
        var random = Places(state: seed)
        let name = "database damaged while the agent runs"
        let folder = try TemporaryFolder()
        let receiver = try await BodyReceiver()
        receiver.refuse(503)
        let witness = Witness(in: folder)
        let url = witness.url(beside: receiver.url)
        // What is in the database itself was put there by a clean end.
        let first = try await start(url, in: folder, interval: 3, meters: "\"*\"")
        // More than SQLite keeps in memory, 2 MB.
        try await first.shows("payloads wait", within: 60) { $0.queue?.waiting_bytes ?? 0 > 3_000_000 }
        try await first.stop()
        let agent = try await start(url, in: folder, interval: 3, meters: "\"*\"")
        let before = try await agent.shows("another cycle", within: 30) { $0.cycles.polled >= 2 }
        let path = folder.path("state/outbox.sqlite")
        let file = try FileHandle(forUpdating: URL(filePath: path))
        let pages = Int(try file.seekToEnd()) / 4096
        try #require(pages >= 8)
        // Not the first, which nothing reads again while the file is open.
        let damaged = (1..<pages).shuffled(using: &random).prefix(max(2, pages / 5))
        for page in damaged {
            try file.seek(toOffset: UInt64(page * 4096))
            try file.write(contentsOf: (0..<4096).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
        try file.close()
        let began = Date()
        receiver.refuse(nil)
        try await agent.shows("nothing waits", within: 60) { $0.waiting == 0 }
        let recovered = Date().timeIntervalSince(began)
        let polled = try #require(try await agent.page()).cycles.polled
        let last = try await agent.shows("polling goes on", within: 15) {
            $0.cycles.polled >= polled + 2 && $0.waiting == 0
        }
        let known = Dictionary(try witness.samples().map { ($0.id, $0) }) { $1 }
        var received: [ReceivedSample] = []
        var malformed = 0
        for body in receiver.take() {
            do { received += try JSONDecoder().decode([ReceivedSample].self, from: body) } catch { malformed += 1 }
        }
        let balance = Balance(
            expected: try witness.ids(through: moment(#require(last.last_cycle).at)), received: received)
        let unknown = try received.filter {
            try known[$0.id] == nil && moment($0.timestamp) < began.timeIntervalSince1970
        }
        #expect(unknown.isEmpty)
        let altered = received.count { sample in
            known[sample.id].map { $0.volume != sample.volume || $0.resource_id != sample.resource_id } ?? false
        }
        #expect(altered == 0 && malformed == 0, "seed \(seed): altered \(altered), malformed \(malformed)")
        #expect(balance.doubled <= 1, "\(balance)")
        let lines = try agent.log.split(separator: "\n").filter { $0.contains("was damaged") }
        if balance.lost > 0 { #expect(lines.count == 1, "seed \(seed): \(balance), and the log says \(lines)") }
        let kept = try FileManager.default.contentsOfDirectory(atPath: folder.path("state")).filter {
            $0.contains(".damaged-")
        }
        #expect(kept.isEmpty == lines.isEmpty)
        #expect(await agent.health() == 200)
        print(
            "FAULT \(name): seed \(seed), \(damaged.count) of \(pages) pages, waiting \(before.waiting), \(balance), "
                + "recovered in \(seconds(recovered)) s: \(lines.joined(separator: "; "))")
        try await agent.stop()
        await receiver.stop()
    }
}
