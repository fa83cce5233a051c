import Foundation
import Testing

/// An agent that cannot start ends with its own exit status, whatever its threads are just doing.
@Suite struct ExitTests {
    @Test(.timeLimit(.minutes(2)))
    func anAgentThatCannotStartDiesOfNothingElse() async throws {
        let receiver = try await SampleReceiver()
        let folder = try TemporaryFolder()
        let first = try await RunningAgent(uri: "test:///default", url: receiver.url, in: folder)
        try await eventually("the first has the lock", within: 20) {
            FileManager.default.fileExists(atPath: folder.path("state/outbox.sqlite"))
        }
        // Each ends while its thread for libcurl sets OpenSSL up; one in 17 used to die of that.
        for _ in 0..<60 {
            let second = try await run(
                try TestBed.aerostat, ["run", "--config-file", folder.path("ceilometer.conf")])
            #expect(second.status == 1, "\(second.errors)")
        }
        try await first.stop()
        await receiver.stop()
    }
}
