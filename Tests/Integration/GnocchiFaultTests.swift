import Foundation
import Glibc
import Testing

/// The agent as a process, and a real Gnocchi that is stopped, with its database beneath it stopped, and an agent that is
/// killed: what is read back is what was polled.
@Suite(.serialized) struct GnocchiFaultTests {
    /// Every meter, at a resolution at which each poll can be read back.
    private static let definition = """
        archive_policy_default: seconds
        archive_policies:
          - {name: seconds, aggregation_methods: [mean], back_window: 0, definition: [{granularity: 1s, timespan: 1d}]}
        resources:
          - resource_type: instance
            metrics: [cpu, vcpus, memory, "memory.*", power.state, "disk.root.size", "disk.ephemeral.size"]
            attributes: &instance
              host: resource_metadata.instance_host
              display_name: resource_metadata.display_name
              flavor_id: resource_metadata.flavor.id
              flavor_name: resource_metadata.flavor.name
          - resource_type: instance_disk
            metrics: ["disk.device.*"]
            attributes: {name: resource_metadata.disk_name, instance_id: resource_metadata.instance_id}
          - resource_type: instance_network_interface
            metrics: ["network.*", "!network.*.delta"]
            attributes: {name: resource_metadata.vnic_name, instance_id: resource_metadata.instance_id}
        """

    /// A sample as `file://` has it.
    private struct Witness: Decodable {
        let name: String
        let volume: Double
        let resource_id: String
        let timestamp: String
    }

    private func start(_ folder: TemporaryFolder, _ gnocchi: GnocchiBed) async throws -> RunningAgent {
        let recording = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../deploy/try-recording.json").path()
        let publisher = gnocchi.url.replacing("http://", with: "gnocchi+http://admin@")
        return try await RunningAgent(
            uri: "test:///default", url: "\(publisher)?resources_definition_file=\(folder.path("gnocchi.yaml"))",
            others: ["file://\(folder.path("witness"))?json"], arguments: ["--replay", recording], in: folder)
    }

    private func waiting(_ agent: RunningAgent) async throws -> Int {
        try await agent.status().queues.filter { $0.publisher.hasPrefix("gnocchi") }.map(\.waiting_payloads).reduce(
            0, +)
    }

    @Test(.timeLimit(.minutes(6)))
    func whatIsReadBackIsWhatWasPolled() async throws {
        let gnocchi = try await GnocchiBed.own()
        let folder = try TemporaryFolder()
        do {
            try await outages(gnocchi, folder)
            try await compare(gnocchi, folder)
        } catch {
            try await gnocchi.down()
            throw error
        }
        try await gnocchi.down()
    }

    private func outages(_ gnocchi: GnocchiBed, _ folder: TemporaryFolder) async throws {
        try folder.write("gnocchi.yaml", Self.definition)
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
        try await drained(agent, "the start")

        try await gnocchi.call("stop")
        try await polled(20, by: agent)
        // What is on disk outlives the process, by whatever death.
        agent.signal(SIGKILL)
        try await eventually("the agent is dead", within: 5) { !agent.isRunning }
        agent = try await start(folder, gnocchi)
        try await polled(2, by: agent)
        #expect(try await waiting(agent) >= 20)
        try await gnocchi.call("start")
        try await drained(agent, "Gnocchi stopped for 20 polls, the agent killed")

        try await gnocchi.call("database-stop")
        try await polled(5, by: agent)
        try await gnocchi.call("database-start")
        try await drained(agent, "PostgreSQL stopped for 5 polls")
        let end = try await agent.status()
        #expect(end.queues.map(\.quarantined_payloads).reduce(0, +) == 0)
        #expect(end.queues.map(\.dropped_samples).reduce(0, +) == 0)
        try await agent.stop()
        // What the end left on disk.
        agent = try await start(folder, gnocchi)
        try await drained(agent, "the end")
        try await agent.stop()
    }

    private func polled(_ count: Int, by agent: RunningAgent) async throws {
        try await eventually("the agent answers", within: 20) { await hasStatus(agent) }
        let start = try await agent.status().cycles.polled
        try await eventually("\(count) polls", within: Double(count) * 3 + 20) {
            try await agent.status().cycles.polled >= start + count
        }
    }

    private func hasStatus(_ agent: RunningAgent) async -> Bool {
        do { return try await agent.status().cycles.polled > 0 } catch { return false }
    }

    private func drained(_ agent: RunningAgent, _ fault: String) async throws {
        try await eventually("the agent answers", within: 20) { await hasStatus(agent) }
        let began = ContinuousClock.now
        try await eventually("everything is delivered after \(fault)", within: 150) {
            try await waiting(agent) == 0
        }
        print("FAULT gnocchi: \(fault): recovered after \((ContinuousClock.now - began) / .seconds(1)) s")
    }

    /// Every poll that the file has is in Gnocchi, with its value to the last digit, and nothing else is.
    private func compare(_ gnocchi: GnocchiBed, _ folder: TemporaryFolder) async throws {
        let lines = try String(contentsOfFile: folder.path("witness"), encoding: .utf8).split(separator: "\n")
        let samples = try lines.map { try JSONDecoder().decode(Witness.self, from: Data($0.utf8)) }
            .filter { !$0.name.hasSuffix(".delta") && !$0.name.hasPrefix("perf.") }
        let series = Dictionary(grouping: samples) { [$0.resource_id.replacing("/", with: "_"), $0.name] }
        #expect(series.count >= 25)
        var compared = 0
        for (key, samples) in series {
            let found = try await gnocchi.measures(of: key[1], resource: key[0])
            // Polls that fell into one second are one point of this policy.
            let expected = Dictionary(grouping: samples) { String($0.timestamp.prefix(19)) }
                .mapValues { points in points.map(\.volume).reduce(0, +) / Double(points.count) }
            #expect(Set(expected.keys).subtracting(found.keys).isEmpty, "\(key)")
            // The poll in which the agent was killed may be in the outbox and not in the file.
            #expect(Set(found.keys).subtracting(expected.keys).count <= 1, "\(key)")
            for (second, value) in expected { #expect(found[second] == value, "\(key) \(second)") }
            compared += expected.count
        }
        print("FAULT gnocchi: \(compared) points of \(series.count) metrics read back, lost 0, doubled 0")
    }
}
