import Foundation
import Glibc
import Telemetry
import Testing

@testable import Outbox

/// A disk that gives errors at reading: the database's descriptors are replaced by one that cannot be read from.
@Suite(.serialized, .timeLimit(.minutes(2))) struct UnreadableDiskTests {
    /// The descriptors of a file that this process has open.
    private func descriptors(of path: String) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { name in
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = readlink("/proc/self/fd/\(name)", &buffer, buffer.count)
            guard count > 0, String(decoding: buffer.prefix(count), as: UTF8.self) == path else { return nil }
            return Int32(name)
        }
    }

    /// Makes reads of a database fail while `body` runs, and with `O_PATH` writes too.
    private func withUnreadable(_ bench: Bench, _ mode: Int32 = O_WRONLY, _ body: () async throws -> Void) async throws
    {
        var kept: [(victim: Int32, copy: Int32)] = []
        let real = try #require(
            realpath(bench.directory, nil).map { path in
                defer { free(path) }
                return String(cString: path)
            })
        for suffix in ["", "-wal"] {
            let path = real + "/outbox.sqlite" + suffix
            let blind = Glibc.open(path, mode | O_CLOEXEC)
            try #require(blind >= 0)
            let victims = try descriptors(of: path).filter { $0 != blind }
            try #require(!victims.isEmpty)
            for victim in victims {
                kept.append((victim, dup(victim)))
                dup2(blind, victim)
            }
            close(blind)
        }
        func restore() {
            for (victim, copy) in kept {
                dup2(copy, victim)
                close(copy)
            }
        }
        do {
            try await body()
        } catch {
            restore()
            throw error
        }
        restore()
    }

    /// Linux's `O_PATH`, which Glibc's module does not have: a descriptor for neither reading nor writing.
    private static let path: Int32 = 0o10000000

    /// More than SQLite keeps in its cache.
    private static let many = (0..<1200).map { Payload($0, size: 3000) }

    @Test func newerPayloadsWaitForOlderOnesThatCannotBeRead() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(publisher)
        await outbox.handOver([("a", Self.many)])
        await publisher.attempts(1)
        try await withUnreadable(bench) {
            publisher.answer(.delivered)
            await bench.events.wait { $0.contains { if case .diskFailed = $0 { true } else { false } } }
            for number in 5000..<5010 { await outbox.handOver(Payload(number)) }
            let held = try await outbox.snapshot()
            #expect(held.payloads >= 1209)
            publisher.answerAlways(.delivered)
        }
        await publisher.takes(1210)
        #expect(publisher.taken == singles(Array(0..<1200) + Array(5000..<5010)))
        await outbox.handOver(Payload(5010))
        _ = try await outbox.snapshot { $0.payloads == 0 && $0.delivered == 1211 }
        #expect(bench.events.value.last == .diskRecovered)
        await outbox.stop(within: .seconds(60))
    }

    /// What is sent one by one needs no reads, and none would tell that they work again.
    @Test func aMomentWithoutTheDiskIsOver() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: nil)
        let outbox = try await bench.open(publisher)
        await outbox.handOver(Payload(0))
        await publisher.attempts(1)
        try await withUnreadable(bench, Self.path) {
            publisher.answer(.delivered)
            await bench.events.wait { $0.contains { if case .diskFailed = $0 { true } else { false } } }
        }
        publisher.answerAlways(.delivered)
        for number in 1..<4 {
            await outbox.handOver(Payload(number))
            await publisher.takes(number + 1)
            _ = try await outbox.snapshot { $0.payloads == 0 && $0.delivered == number + 1 }
        }
        #expect(publisher.taken == singles(0..<4))
        #expect(bench.events.value.last == .diskRecovered)
        await outbox.stop(within: .seconds(60))
        #expect(try await bench.stored() == [])
    }

    @Test func afterAWhileTheyGoFirstAndNothingIsLost() async throws {
        let bench = try Bench()
        let publisher = ScriptedPublisher(otherwise: nil)
        var limits = OutboxLimits(maxBytes: 1 << 30, maxAge: nil)
        limits.patience = .milliseconds(10)
        let outbox = try await bench.open(publisher, limits: limits)
        await outbox.handOver([("a", Self.many)])
        await publisher.attempts(1)
        try await withUnreadable(bench, Self.path) {
            publisher.answerAlways(.delivered)
            await bench.events.wait { $0.contains { if case .diskFailed = $0 { true } else { false } } }
            await outbox.handOver(Payload(5000))
            let before = publisher.taken.count
            await outbox.handOver(Payload(5001))
            await publisher.takes(before + 1)
        }
        await publisher.takes(1202)
        await outbox.stop(within: .seconds(60))
        #expect(Set(publisher.taken) == Set(singles(Array(0..<1200) + [5000, 5001])))
        #expect(publisher.taken.count == 1202)
    }
}
