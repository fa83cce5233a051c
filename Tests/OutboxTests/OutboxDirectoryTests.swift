import Foundation
import Telemetry
import Testing

@testable import Outbox

@Suite(.timeLimit(.minutes(4))) struct OutboxDirectoryTests {
    @Test func refusesASecondAgentAndNamesTheDirectory() async throws {
        let bench = try Bench()
        let outbox = try await bench.open(ScriptedPublisher())
        let error = await #expect(throws: OutboxError.self) { try await bench.open(ScriptedPublisher()) }
        #expect(error?.code == .inUse)
        #expect(error?.description.contains(bench.directory) == true)
        #expect(error?.description.contains("\(ProcessInfo.processInfo.processIdentifier)") == true)
        await outbox.handOver(Payload(0))
        await outbox.stop(within: .seconds(60))
    }

    @Test func isFreeAfterAStop() async throws {
        let bench = try Bench()
        for _ in 0..<5 {
            let outbox = try await bench.open(ScriptedPublisher())
            await outbox.stop(within: .seconds(60))
        }
    }

    @Test func makesAPrivateDirectory() async throws {
        let bench = try Bench()
        let directory = bench.directory + "/not/there"
        let outbox = try await bench.open(ScriptedPublisher(), in: directory)
        let attributes = try FileManager.default.attributesOfItem(atPath: directory)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o700)
        await outbox.stop(within: .seconds(60))
    }

    @Test func refusesADirectoryThatCannotBe() async throws {
        let bench = try Bench()
        let file = bench.directory + "/file"
        try Data().write(to: URL(filePath: file))
        let error = await #expect(throws: OutboxError.self) {
            try await bench.open(ScriptedPublisher(), in: file + "/state")
        }
        #expect(error?.code == .unusable)
        #expect(error?.description.contains(file + "/state") == true)
        #expect(error?.description.contains("state_path") == true)
    }

    @Test func keepsTheQueueOfAPublisherThatLeft() async throws {
        let bench = try Bench()
        let down = Delivery.retry(after: nil, reason: "down")
        let both = try await bench.open(
            ScriptedPublisher("a", otherwise: down), ScriptedPublisher("gone", otherwise: down))
        await both.handOver([("a", [Payload(0)]), ("gone", [Payload(0..<3, size: 100), Payload(3, size: 100)])])
        await both.stop(within: .seconds(60))

        let without = try await bench.open(ScriptedPublisher("a"))
        let left = try await without.snapshot(of: "gone")
        #expect(!left.isConfigured)
        #expect(left.payloads == 2 && left.samples == 4 && left.bytes == 200)
        #expect(await without.snapshot().map(\.identity) == ["a", "gone"])
        await without.stop(within: .seconds(60))

        let back = ScriptedPublisher("gone")
        let with = try await bench.open(back)
        await back.takes(2)
        #expect(await with.snapshot().map(\.identity) == ["gone"])
        await with.stop(within: .seconds(60))
        #expect(back.received == [0..<3, 3..<4])
    }
}
