import Foundation
import Fuzzing
import Synchronization
import Telemetry
import Testing

@testable import Outbox

/// A crash is a copy of the database at that instant; what follows happens on the copy.
@Suite(.timeLimit(.minutes(3))) struct OutboxCrashTests {
    /// Under load, at random moments: nothing that was handed over is gone, order is kept, and at most the payload in
    /// flight is sent twice, with the same bytes.
    @Test func losesNothingAndDoublesOnlyWhatIsInFlight() async throws {
        var random = SplitMix(seed: 42)
        let bench = try Bench()
        let publisher = ScriptedPublisher()
        let outbox = try await bench.open(publisher)
        let handedOver = Mutex(0)
        let feeder = Task {
            for cycle in 0..<400 {
                await outbox.handOver([("a", (0..<3).map { Payload(cycle * 3 + $0, size: 500 * ($0 + 1)) })])
                handedOver.withLock { $0 = cycle * 3 + 3 }
            }
        }
        var moment = 0
        for _ in 0..<25 {
            moment += Int.random(in: 1...40, using: &random)
            await publisher.attempts(moment)
            let safe = handedOver.withLock { $0 }
            let takenBefore = publisher.taken
            let crashed = try await bench.crashed()
            let takenAfter = Set(publisher.taken)

            let kept = try await crashed.stored()
            let numbers = kept.map(\.numbers)
            let doubled = takenBefore.filter { Set(numbers).contains($0) }
            #expect(doubled.count <= 1)
            #expect(doubled.isEmpty || doubled == [numbers[0]])
            let lost = singles(0..<safe).filter { !takenAfter.contains($0) && !numbers.contains($0) }
            #expect(lost.isEmpty)
            #expect(numbers == numbers.sorted { $0.lowerBound < $1.lowerBound })
            #expect(kept.allSatisfy { $0 == Payload($0.numbers, size: 500 * ($0.numbers.lowerBound % 3 + 1)) })

            let next = ScriptedPublisher()
            let reopened = try await crashed.open(next)
            await reopened.stop(within: .seconds(60))
            #expect(next.state.value.received == kept)
            #expect(crashed.events.value.isEmpty)
        }
        await feeder.value
        await outbox.stop(within: .seconds(60))
        #expect(publisher.received == singles(0..<1200))
    }

    /// The power fails while a cycle is written: its WAL ends at any byte. All of the cycle is there, or none, and none
    /// of what was there before is gone.
    @Test func keepsAllOfACycleOrNone() async throws {
        var random = SplitMix(seed: 7)
        let bench = try Bench()
        let outbox = try await bench.open(
            ScriptedPublisher("a", otherwise: nil), ScriptedPublisher("b", otherwise: nil))
        await outbox.handOver([("a", [Payload(0)]), ("b", [Payload(0)])])
        let before = try Data(contentsOf: URL(filePath: bench.database + "-wal")).count
        await outbox.handOver([
            ("a", (1..<6).map { Payload($0, size: 9000) }), ("b", (1..<3).map { Payload($0, size: 9000) }),
        ])
        let wal = try Data(contentsOf: URL(filePath: bench.database + "-wal"))
        try #require(wal.count > before)
        var cuts = (0..<60).map { _ in Int.random(in: before...wal.count, using: &random) }
        cuts += [before, wal.count - 1, wal.count]
        for cut in cuts {
            let torn = try Bench()
            try FileManager.default.copyItem(atPath: bench.database, toPath: torn.database)
            try wal.prefix(cut).write(to: URL(filePath: torn.database + "-wal"))
            let a = try await torn.stored("a").map(\.numbers)
            let b = try await torn.stored("b").map(\.numbers)
            let isWhole = cut == wal.count
            #expect(a == singles(0..<(isWhole ? 6 : 1)), "cut at \(cut) of \(wal.count)")
            #expect(b == singles(0..<(isWhole ? 3 : 1)), "cut at \(cut) of \(wal.count)")
        }
        await outbox.stop(within: .zero)
    }

    @Test func keepsHalvesInOrderOverACrash() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(
            "a", otherwise: nil, .tooLarge(reason: "413"), .tooLarge(reason: "413"), .delivered)
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0..<8), Payload(8))
        await publisher.attempts(4)
        let crashed = try await bench.crashed()
        let next = ScriptedPublisher()
        let reopened = try await crashed.open(next)
        await reopened.handOver(Payload(9))
        await reopened.stop(within: .seconds(60))
        #expect(next.received == [2..<4, 4..<8, 8..<9, 9..<10])
        publisher.answerAlways(.delivered)
        await outbox.stop(within: .seconds(60))
        #expect(publisher.taken == [0..<2, 2..<4, 4..<8, 8..<9])
    }

    @Test func keepsTheQuarantineOverACrash() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher("a", otherwise: nil, .rejected(reason: "400"))
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0), Payload(1))
        await publisher.attempts(2)
        let crashed = try await bench.crashed()
        let next = ScriptedPublisher()
        let reopened = try await crashed.open(next)
        #expect(try await reopened.snapshot().quarantined == 1)
        await reopened.stop(within: .seconds(60))
        #expect(next.received == singles([1]))
        await outbox.stop(within: .zero)
    }
}
