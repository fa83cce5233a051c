import Foundation
import Fuzzing
import Telemetry
import Testing

@testable import Outbox

/// Databases with any bytes: nothing ends the process, nothing is made up, and everything ends.
@Suite(.serialized, .timeLimit(.minutes(10))) struct DatabaseFuzzTests {
    /// Changes a database as a bad disk, bad memory and somebody with ill will do.
    private static func mutate(_ database: StoredDatabase, _ random: inout SplitMix) -> [UInt8] {
        var bytes = database.bytes
        let size = StoredDatabase.pageSize
        for _ in 0..<Int.random(in: 1...30, using: &random) {
            let page = Int.random(in: 0..<bytes.count / size, using: &random) * size
            let offset = page + Int.random(in: 0..<size, using: &random)
            let head = page + Int.random(in: 0..<60, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0: bytes[offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1, 2: bytes[head] = UInt8.random(in: 0...255, using: &random)
            case 3: bytes[head] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
            case 4:
                // A page in another's place.
                let other = Int.random(in: 0..<bytes.count / size, using: &random) * size
                bytes.replaceSubrange(page..<page + size, with: bytes[other..<other + size])
            case 5:
                // A list of cells that all are the same one, or any.
                let cell = UInt8.random(in: 0...15, using: &random)
                bytes[page + 3] = 7
                for index in stride(from: page + 8, to: page + size, by: 2) where index + 1 < bytes.count {
                    bytes[index] = cell
                }
            case 6:
                // Chains and children that lead anywhere, also back.
                let number = UInt8.random(in: 0..<UInt8(min(255, bytes.count / size)), using: &random)
                bytes[page..<page + 4] = [0, 0, 0, number]
            case 7:
                let length = Int.random(in: 1...200, using: &random)
                for index in offset..<min(offset + length, bytes.count) {
                    bytes[index] = UInt8.random(in: 0...255, using: &random)
                }
            case 8: bytes[page] = [2, 5, 10, 13].randomElement(using: &random) ?? 0
            default:
                if Int.random(in: 0..<20, using: &random) == 0, bytes.count > 2 * size {
                    bytes.removeLast(Int.random(in: 1..<bytes.count / 2, using: &random))
                    bytes.removeLast(bytes.count % size)
                }
            }
        }
        return bytes
    }

    /// Runs `body` with mutations, as the budget says; how many there were.
    private func fuzz(tries: Int, minutes: Double, _ body: ([UInt8], StoredDatabase, Int) async throws -> Void)
        async throws
    {
        let database = try await StoredDatabase.shared.value
        let budget = FuzzBudget(tries: tries, minutes: minutes)
        let end = ContinuousClock.now + .seconds(budget.seconds)
        var seed = budget.seed
        var count = 0
        while budget.tries.map({ count < $0 }) ?? (ContinuousClock.now < end) {
            var random = SplitMix(seed: seed)
            try await body(Self.mutate(database, &random), database, seed)
            seed += 1
            count += 1
        }
        print("FUZZ database pages: \(count) tries from seed \(budget.seed)")
    }

    @Test func thePagesOfAnyFileCanBeRead() async throws {
        try await fuzz(tries: 300, minutes: 3) { bytes, database, seed in
            let began = ContinuousClock.now
            let found = try StoredDatabase.rescue(bytes)
            let took = ContinuousClock.now - began
            #expect(took < .seconds(20), "seed \(seed) took \(took)")
            // What was removed may have come back, but with the bytes that it had.
            for (entry, frame) in found.entries {
                let payload = try PackedPayload(
                    frame: frame, samples: 1, first: Timestamp(seconds: 0), last: Timestamp(seconds: 0)
                ).unpacked()
                #expect(payload.body == Payload(payload.numbers, size: frame.count).body, "seed \(seed): \(entry)")
            }
        }
    }

    /// SQLite opens the file first, of whatever version it is.
    @Test func anyFileIsOpenedOrReplaced() async throws {
        try await fuzz(tries: 60, minutes: 3) { bytes, _, seed in
            let bench = try Bench()
            try Data(bytes).write(to: URL(filePath: bench.database))
            let publishers = ["a", "b", "c"].map { ScriptedPublisher($0) }
            let outbox = try await bench.open(publishers[0], publishers[1], publishers[2])
            await outbox.handOver(Payload(1000))
            await publishers[0].state.wait { $0.taken.contains(Payload(1000)) }
            await outbox.stop(within: .seconds(60))
            for publisher in publishers {
                let ids = publisher.taken.map(\.lowerBound)
                #expect(ids.allSatisfy { (0..<400).contains($0) || $0 == 1000 }, "seed \(seed)")
            }
        }
    }
}
