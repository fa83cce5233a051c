import Foundation
import TestServers
import Testing

/// The host's clock is set while the agent runs.
@Suite struct ClockFaultTests {
    @Test(.timeLimit(.minutes(3)))
    func deltasGoOnUnderAClockThatIsSetBack() async throws {
        let receiver = try await SampleReceiver()
        let faults = try await HostFaults()
        let folder = try TemporaryFolder()
        try folder.write(
            "delta.yaml",
            """
            sources: [{name: a, meters: [cpu], sinks: [k]}]
            sinks:
              - name: k
                transformers: [{name: delta, parameters: {target: {name: cpu.delta}}}]
                publishers: ["\(receiver.url)"]
            """)
        try folder.write("delta.conf", "[DEFAULT]\npipeline_cfg_file = \(folder.path("delta.yaml"))\n")
        let host = RecordedHost(
            domains: [("6e7c0001-0000-4000-8000-000000000001", "m1")], user: "u", project: "p")
        let recording = try host.write(to: folder, host: "test-host")
        let agent = try await RunningAgent(
            uri: "test:///default", url: receiver.url, meters: "cpu",
            arguments: ["--replay", recording, "--config-file", folder.path("delta.conf")],
            environment: faults.environment, in: folder)
        try await eventually("deltas arrive", within: 60) { receiver.samples.count >= 2 }
        let first = try #require(receiver.samples.map(\.timestamp).min())
        try faults.begin(.clock, "-7200")
        try await eventually("deltas arrive under the clock that was set back", within: 60) {
            receiver.samples.count { $0.timestamp < first } >= 2
        }
        #expect(receiver.samples.allSatisfy { $0.name == "cpu.delta" })
        #expect(try agent.lines("is older than the one before").isEmpty)
        try await agent.stop()
        await receiver.stop()
    }
}
