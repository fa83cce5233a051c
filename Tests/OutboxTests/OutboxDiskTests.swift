import Foundation
import Telemetry
import Testing

@testable import Outbox

/// Full disks are small tmpfs of their own, which only root may mount.
@Suite(.timeLimit(.minutes(2))) struct OutboxDiskTests {
    private struct Unmountable: Error, CustomStringConvertible {
        let description: String
    }

    private func run(_ command: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Unmountable(
                description:
                    "\(command.joined(separator: " ")) failed with \(process.terminationStatus): this test mounts "
                    + "a small tmpfs; run it as root, in a container with CAP_SYS_ADMIN")
        }
    }

    private func withSmallDisk(_ body: (_ bench: Bench, _ directory: String) async throws -> Void) async throws {
        let bench = try Bench()
        let disk = bench.directory + "/disk"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
        try run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk)
        do {
            try await body(bench, disk)
        } catch {
            try run("umount", "-l", disk)
            throw error
        }
        try run("umount", "-l", disk)
    }

    /// Takes all that is left of the disk.
    private func fill(_ disk: String) throws {
        let path = disk + "/filler"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        var size = 65_536
        while size > 0 {
            do { try file.write(contentsOf: [UInt8](repeating: 0, count: size)) } catch { size /= 2 }
        }
        try file.close()
    }

    private func failures(_ bench: Bench) -> Int {
        bench.events.value.count { if case .diskFailed = $0 { true } else { false } }
    }

    @Test func goesOnInMemoryAndReturnsToTheDisk() async throws {
        try await withSmallDisk { bench, disk in
            let publisher = ScriptedPublisher(otherwise: nil)
            let outbox = try await bench.open(publisher, in: disk)
            await outbox.handOver(Payload(0), Payload(1))
            await publisher.attempts(1)
            try fill(disk)
            for number in 2..<22 { await outbox.handOver(Payload(number, size: 20_000)) }
            let full = try await outbox.snapshot()
            #expect(full.payloads == 22)
            #expect(full.inMemory > 0)
            #expect(failures(bench) == 1)
            try FileManager.default.removeItem(atPath: disk + "/filler")
            await outbox.handOver(Payload(22))
            #expect(try await outbox.snapshot().inMemory == 0)
            #expect(bench.events.value.last == .diskRecovered)
            publisher.answerAlways(.delivered)
            await publisher.takes(23)
            await outbox.stop(within: .seconds(60))
            #expect(publisher.received == singles(0..<23))
            #expect(failures(bench) == 1)
        }
    }

    @Test func deliversWhileTheDiskIsFull() async throws {
        try await withSmallDisk { bench, disk in
            let publisher = ScriptedPublisher(otherwise: nil)
            let outbox = try await bench.open(publisher, in: disk)
            for number in 0..<5 { await outbox.handOver(Payload(number)) }
            try fill(disk)
            for number in 5..<40 { await outbox.handOver(Payload(number, size: 20_000)) }
            publisher.answerAlways(.delivered)
            await publisher.takes(40)
            _ = try await outbox.snapshot { $0.delivered == 40 && $0.payloads == 0 }
            try FileManager.default.removeItem(atPath: disk + "/filler")
            await outbox.handOver(Payload(40))
            await publisher.takes(41)
            await outbox.stop(within: .seconds(60))
            #expect(publisher.received == singles(0..<41))

            let next = ScriptedPublisher()
            let again = try await bench.open(next, in: disk)
            await again.stop(within: .seconds(60))
            #expect(next.received.isEmpty, "what was delivered while the disk was full is not sent again")
        }
    }

    /// The removals could not be written when the agent died, but that they are due was.
    @Test func aCrashOnAFullDiskDoublesOnePayloadAtMost() async throws {
        try await withSmallDisk { bench, disk in
            let publisher = ScriptedPublisher(otherwise: nil)
            let outbox = try await bench.open(publisher, in: disk)
            for number in 0..<40 { await outbox.handOver(Payload(number, size: 20_000)) }
            try fill(disk)
            // What the log still takes.
            for number in 40..<200 { await outbox.handOver(Payload(number, size: 2_000)) }
            publisher.answerAlways(.delivered)
            await publisher.takes(200)
            _ = try await outbox.snapshot { $0.delivered == 200 }
            let crashed = try Bench()
            for name in ["outbox.sqlite", "outbox.sqlite-wal", "delivered"] {
                try FileManager.default.copyItem(atPath: "\(disk)/\(name)", toPath: "\(crashed.directory)/\(name)")
            }
            let next = ScriptedPublisher()
            let again = try await crashed.open(next)
            await again.handOver(Payload(1000))
            await next.takes(1)
            await again.stop(within: .seconds(60))
            #expect(next.received == singles([1000]))
            #expect(try await crashed.stored().isEmpty)
            await outbox.stop(within: .seconds(60))
        }
    }

    @Test func boundsItsMemoryAndCountsWhatItDrops() async throws {
        try await withSmallDisk { bench, disk in
            let publisher = ScriptedPublisher(otherwise: nil)
            let limits = OutboxLimits(maxBytes: 1 << 30, maxAge: nil, maxMemoryBytes: 100_000)
            let outbox = try await bench.open(publisher, limits: limits, in: disk)
            await outbox.handOver(Payload(0))
            await publisher.attempts(1)
            try fill(disk)
            for number in 1..<101 { await outbox.handOver(Payload(number, size: 20_000)) }
            let full = try await outbox.snapshot()
            #expect(full.inMemory == 5)
            #expect(full.payloads + full.droppedSamples == 101)
            #expect(bench.events.value.contains(.droppingBegan(queue: "a", why: .memory)))
            publisher.answerAlways(.delivered)
            await publisher.takes(full.payloads)
            await outbox.stop(within: .seconds(60))
            #expect(publisher.taken.count == full.payloads)
            #expect(Array(publisher.taken.suffix(5)) == singles(96..<101))
            #expect(bench.droppedSamples == full.droppedSamples)
        }
    }

    @Test func startsOnAFullDisk() async throws {
        try await withSmallDisk { bench, disk in
            try fill(disk)
            let publisher = ScriptedPublisher(otherwise: nil)
            let outbox = try await bench.open(publisher, in: disk + "/state")
            #expect(failures(bench) == 1)
            for number in 0..<5 { await outbox.handOver(Payload(number)) }
            #expect(try await outbox.snapshot().inMemory == 5)
            try FileManager.default.removeItem(atPath: disk + "/filler")
            publisher.answer(.delivered)
            await publisher.attempts(2)
            publisher.answerAlways(.delivered)
            await outbox.handOver(Payload(5))
            await publisher.takes(6)
            await outbox.handOver(Payload(6))
            await publisher.takes(7)
            await outbox.stop(within: .seconds(60))
            #expect(publisher.received == singles(0..<7))
            #expect(bench.events.value.last == .diskRecovered)
        }
    }

    @Test func whatIsRejectedWhileTheDiskIsFullIsPutAsideLater() async throws {
        try await withSmallDisk { bench, disk in
            let publisher = ScriptedPublisher(otherwise: nil)
            let outbox = try await bench.open(publisher, in: disk)
            try fill(disk)
            // More than what a full disk still takes.
            for number in 0..<40 { await outbox.handOver(Payload(number, size: 20_000)) }
            publisher.answerAlways(.rejected(reason: "400"))
            let full = try await outbox.snapshot { $0.quarantined == 40 }
            #expect(full.payloads == 0)
            #expect(publisher.received == singles(0..<40))
            try FileManager.default.removeItem(atPath: disk + "/filler")
            publisher.answerAlways(.delivered)
            await outbox.handOver(Payload(40))
            await publisher.takes(1)
            await outbox.stop(within: .seconds(60))
            let stored = try #require(try StoredOutbox(directory: disk))
            #expect(try await stored.rejected().map(\.first) == (0..<40).map { Timestamp(seconds: $0) })
            try stored.close()
        }
    }

    /// A bind mount of its own is made read-only, as a file system is after an error.
    @Test func goesOnWhileTheDiskIsReadOnlyAndStartsOnOne() async throws {
        let bench = try Bench()
        let disk = bench.directory + "/disk"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
        try run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk)
        do {
            let down = ScriptedPublisher(otherwise: .retry(after: nil, reason: "down"))
            let before = try await bench.open(down, in: disk)
            await before.handOver(Payload(0), Payload(1))
            await before.stop(within: .seconds(60))
            try run("mount", "-o", "remount,ro", disk)

            let publisher = ScriptedPublisher(otherwise: nil)
            var limits = OutboxLimits(maxBytes: 1 << 20, maxAge: nil)
            limits.patience = .seconds(3600)
            let outbox = try await bench.open(publisher, limits: limits, in: disk)
            #expect(failures(bench) == 1)
            await outbox.handOver(Payload(2))
            #expect(try await outbox.snapshot().inMemory == 1)
            let second = await #expect(throws: OutboxError.self) { try await bench.open(ScriptedPublisher(), in: disk) }
            #expect(second?.code == .inUse)
            // What is on disk is older, and cannot be read yet.
            #expect(publisher.received.isEmpty)

            try run("mount", "-o", "remount,rw", disk)
            await outbox.handOver(Payload(3))
            publisher.answerAlways(.delivered)
            await publisher.takes(4)
            #expect(publisher.taken == singles(0..<4))
            _ = try await outbox.snapshot { $0.payloads == 0 }
            #expect(bench.events.value.last == .diskRecovered)
            await outbox.stop(within: .seconds(60))
        } catch {
            try run("umount", "-l", disk)
            throw error
        }
        try run("umount", "-l", disk)
    }
}
