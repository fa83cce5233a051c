import Foundation
import Glibc
import Testing

/// The agent as a process, and a real Gnocchi that is stopped, with its database beneath it stopped, and an agent that is
/// killed: what is read back is what was polled.
@Suite(.serialized) struct GnocchiFaultTests {
    private func start(_ folder: TemporaryFolder, _ gnocchi: GnocchiBed) async throws -> RunningAgent {
        let recording = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../deploy/try-recording.json").path()
        let publisher = gnocchi.url.replacing("http://", with: "gnocchi+http://admin@")
        return try await RunningAgent(
            uri: "test:///default", url: "\(publisher)?resources_definition_file=\(folder.path("gnocchi.yaml"))",
            others: ["file://\(folder.path("witness"))?json"], arguments: ["--replay", recording], in: folder)
    }

    @Test(.timeLimit(.minutes(6)))
    func whatIsReadBackIsWhatWasPolled() async throws {
        let gnocchi = try await GnocchiBed.own()
        let folder = try TemporaryFolder()
        do {
            try await outages(gnocchi, folder)
            // The poll in which the agent was killed may be in the outbox and not in the file.
            try await GnocchiReadBack.compare(gnocchi, with: folder.path("witness"), killed: 1)
        } catch {
            try await gnocchi.down()
            throw error
        }
        try await gnocchi.down()
    }

    private func outages(_ gnocchi: GnocchiBed, _ folder: TemporaryFolder) async throws {
        try folder.write("gnocchi.yaml", GnocchiReadBack.definition)
        var agent = try await start(folder, gnocchi)
        // Without its resource types Gnocchi takes nothing, and nothing is lost.
        try await eventually("the agent says what to do", within: 30) {
            try agent.log.contains("aerostat gnocchi-upgrade makes it")
        }
        let upgrade = try await run(
            try TestBed.aerostat, ["gnocchi-upgrade", "--config-file", folder.path("ceilometer.conf")])
        #expect(upgrade.status == 0, "\(upgrade.errors)")
        #expect(upgrade.output.contains("resource type instance: created"))
        // The next try after a refusal comes in a minute or more; a restart tries at once.
        try await agent.stop()
        agent = try await start(folder, gnocchi)
        try await agent.drains("gnocchi", after: "the start")

        try await gnocchi.call("stop")
        try await agent.polls(20)
        // What is on disk outlives the process, by whatever death.
        agent.signal(SIGKILL)
        try await eventually("the agent is dead", within: 5) { !agent.isRunning }
        agent = try await start(folder, gnocchi)
        try await agent.polls(2)
        #expect(try await agent.waitingPayloads("gnocchi") >= 20)
        try await gnocchi.call("start")
        try await agent.drains("gnocchi", after: "Gnocchi stopped for 20 polls, the agent killed")

        try await gnocchi.call("database-stop")
        try await agent.polls(5)
        try await gnocchi.call("database-start")
        try await agent.drains("gnocchi", after: "PostgreSQL stopped for 5 polls")
        #expect(try await agent.losses() == 0)
        try await agent.stop()
        // What the end left on disk.
        agent = try await start(folder, gnocchi)
        try await agent.drains("gnocchi", after: "the end")
        try await agent.stop()
    }
}
