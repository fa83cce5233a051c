import Foundation
import Golden
import Testing

/// Recordings of Ceilometer's, by the command as users run it.
@Suite struct ConformanceCommandTests {
    private func samples(_ golden: GoldenRun, polling: String, pipeline: String) async throws
        -> [[Data]]
    {
        let folder = try TemporaryFolder()
        try folder.write(
            "ceilometer.conf",
            """
            [DEFAULT]
            pipeline_cfg_file = \(folder.path("pipeline.yaml"))
            [compute]
            stale_memory_stats = publish
            [polling]
            cfg_file = \(folder.path("polling.yaml"))

            """)
        try folder.write("polling.yaml", "sources:\n  - {name: s, interval: 60, meters: \(polling)}\n")
        try folder.write(
            "pipeline.yaml",
            """
            sources:
              - {name: s, meters: \(pipeline), sinks: [k]}
            sinks:
              - {name: k, publishers: ["test://"]}

            """)
        let result = try await run(
            try TestBed.aerostat,
            [
                "samples", "--config-file", folder.path("ceilometer.conf"), "--replay", golden.recording.path(),
                "--cycles", "\(golden.expected.count)", "--format", "jsonl",
            ])
        #expect(result.status == 0, "\(result.errors)")
        return try GoldenRun.cycles(ofOutput: result.output)
    }

    @Test(arguments: ["edge", "odd"])
    func everySampleEqualsCeilometers(name: String) async throws {
        let golden = try name == "edge" ? GoldenRun.edge() : .odd()
        let cycles = try await samples(golden, polling: "['*']", pipeline: "['*']")
        let deviations = try golden.deviations(of: cycles)
        #expect(deviations.isEmpty, "\(deviations.count): \(deviations.prefix(3))")
    }

    /// What polling.yaml does not select and what pipeline.yaml does not match is not printed, and nothing else.
    @Test func onlyWhatBothFilesSelect() async throws {
        let golden = try GoldenRun.edge()
        let cycles = try await samples(golden, polling: "['*', '!cpu']", pipeline: "['cpu', 'vcpus', 'network.*']")
        let deviations = try golden.deviations(of: cycles) { $0 == "vcpus" || $0.hasPrefix("network.") }
        #expect(deviations.isEmpty, "\(deviations.count): \(deviations.prefix(3))")
    }
}
