import Foundation
import GRDB
import Telemetry
import Testing

@testable import Outbox

/// A disk that does not answer: another connection holds the database's lock, for which SQLite waits five seconds. The
/// same with fsync in a process: `OutboxFaultTests`.
@Suite(.timeLimit(.minutes(2))) struct HangingDiskTests {
    /// Holds the lock while `body` runs.
    private func withHangingDisk(_ bench: Bench, _ body: () async throws -> Void) async throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let connection = try DatabaseQueue(path: bench.database, configuration: configuration)
        try await connection.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        try await body()
        try await connection.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try connection.close()
    }

    private func failures(_ bench: Bench) -> Int {
        bench.events.value.count { if case .diskFailed = $0 { true } else { false } }
    }

    @Test func memoryServesMeanwhileAndNothingIsLostOrDoubled() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher()
        let outbox = try await bench.open(publisher, diskPatience: .milliseconds(100))
        await outbox.handOver(Payload(0))
        _ = try await outbox.snapshot { $0.delivered == 1 && $0.payloads == 0 }
        try await withHangingDisk(bench) {
            for number in 1..<5 {
                await outbox.handOver(Payload(number))
                await publisher.takes(number + 1)
            }
            #expect(failures(bench) == 1)
        }
        await bench.events.wait { $0.contains(.diskRecovered) }
        for number in 5..<8 { await outbox.handOver(Payload(number)) }
        await publisher.takes(8)
        _ = try await outbox.snapshot { $0.payloads == 0 && $0.delivered == 8 }
        await outbox.stop(within: .seconds(60))
        #expect(publisher.received == singles(0..<8))
        #expect(try await bench.stored() == [])
    }

    /// What was delivered from memory is removed from the disk when the write that was late has ended.
    @Test func whatIsUnderWayOrRefusedMeanwhileIsSettledOnDisk() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(publisher, diskPatience: .milliseconds(100))
        try await withHangingDisk(bench) {
            await outbox.handOver([("a", (0..<4).map { Payload($0) })])
            publisher.answer(.delivered)
            publisher.answer(.rejected(reason: "400"))
            await publisher.attempts(3)
        }
        // 2 is under way, and on disk now.
        await bench.events.wait { $0.contains(.diskRecovered) }
        _ = try await outbox.snapshot { $0.inMemory == 0 && $0.payloads == 2 && $0.quarantined == 1 }
        publisher.answerAlways(.delivered)
        await publisher.takes(3)
        _ = try await outbox.snapshot { $0.payloads == 0 }
        await outbox.stop(within: .seconds(60))
        #expect(publisher.received == singles(0..<4))
        #expect(try await bench.stored() == [])
        let stored = try #require(try StoredOutbox(directory: bench.directory))
        #expect(try await stored.rejected().map(\.first) == [Timestamp(seconds: 1)])
        try stored.close()
    }

    @Test func memoryIsBoundedMeanwhile() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(
            publisher, limits: OutboxLimits(maxBytes: 1 << 20, maxAge: nil, maxMemoryBytes: 1000),
            diskPatience: .milliseconds(100))
        try await withHangingDisk(bench) {
            for number in 0..<30 { await outbox.handOver(Payload(number, size: 100)) }
            let full = try await outbox.snapshot()
            #expect(full.droppedSamples == 20 && full.inMemory == 10)
        }
        await bench.events.wait { $0.contains(.diskRecovered) }
        publisher.answerAlways(.delivered)
        _ = try await outbox.snapshot { $0.payloads == 0 && $0.delivered == 10 }
        await outbox.stop(within: .seconds(60))
        #expect(publisher.received.count == 10)
    }

    @Test func anAgentStartsAndStopsMeanwhile() async throws {
        let bench = try Bench()
        let down = ScriptedPublisher(otherwise: .retry(after: .seconds(600), reason: "down"))
        let before = try await bench.open(down)
        await before.handOver(Payload(0))
        await before.stop(within: .zero)
        let publisher = ScriptedPublisher(otherwise: .retry(after: .seconds(600), reason: "down"))
        try await withHangingDisk(bench) {
            let outbox = try await bench.open(publisher, diskPatience: .milliseconds(100))
            await outbox.handOver(Payload(1))
            await outbox.stop(within: .zero)
            let left = await outbox.leftovers()
            #expect(left.map(\.lost) == [1] && left.map(\.kept) == [0])
            // The disk has not answered the first one's start yet; the next one starts all the same.
            let next = try await bench.open(publisher, diskPatience: .milliseconds(100))
            await next.stop(within: .zero)
        }
        // What was in memory may be lost, what was on disk is not.
        #expect(try await bench.stored().map(\.numbers).first == 0..<1)
    }
}
