import Configuration
import Pipeline
import Testing

/// What polling.yaml and pipeline.yaml say of each other.
@Suite struct MeterCoverageTests {
    private static let known = PollableMeters(
        ["cpu", "vcpus", "memory", "memory.usage", "disk.device.read.bytes"], onRequest: ["perf.cpu.cycles"])

    private func warnings(polling: String, pipeline: String) throws -> [String] {
        var told = Diagnostics()
        let polled = PollingDefinition.load(
            Array("sources:\n  - {name: p, interval: 5, meters: \(polling)}\n".utf8), file: "polling.yaml",
            knownMeters: Self.known, into: &told)
        let taken = PipelineDefinition.load(
            Array(
                "sources:\n  - {name: s, meters: \(pipeline), sinks: [k]}\nsinks:\n  - {name: k, publishers: ['test://']}\n"
                    .utf8),
            file: "pipeline.yaml", checkPublisher: { _, _, _ in [] }, into: &told)
        return MeterCoverage.warnings(
            of: try #require(polled), and: try #require(taken), knownMeters: Self.known
        ).all.map { diagnostic in
            #expect(diagnostic.severity == .warning)
            return diagnostic.description
        }
    }

    @Test(
        arguments: [
            ("['*']", "['*']"), ("[cpu]", "[cpu]"), ("[cpu]", "['*']"), ("[cpu, memory]", "['!vcpus']"),
            // What other agents poll, and what is polled elsewhere, is no slip.
            (
                "[cpu]",
                "[cpu, vcpus, image.size, 'storage.*', disk.read.bytes, switch.port, compute.instance.booting.time]"
            ),
            ("[perf.cpu.cycles]", "['perf.*']"),
        ])
    func whatFitsIsNotWarnedAbout(polling: String, pipeline: String) throws {
        #expect(try warnings(polling: polling, pipeline: pipeline) == [])
    }

    /// A misspelt meter: everything healthy, and nothing ever sent.
    @Test func aPipelineThatTakesNothingIsTold() throws {
        #expect(
            try warnings(polling: "[cpu, memory.usage]", pipeline: "[memroy.usage]") == [
                "pipeline.yaml:2:24: warning: no meter is called 'memroy.usage'; did you mean memory.usage?",
                "pipeline.yaml:2:23: warning: source 's' takes none of the polled meters, so its sinks get nothing; polled "
                    + "are cpu, memory.usage",
                "polling.yaml:2:5: warning: source 'p' polls 2 of its 2 meters in vain: no pipeline takes cpu, memory.usage; "
                    + "add them to a source of pipeline.yaml, or do not poll them",
            ])
    }

    @Test func aMeterThatIsPolledInVainIsTold() throws {
        #expect(
            try warnings(polling: "[cpu, vcpus]", pipeline: "[cpu]") == [
                "polling.yaml:2:5: warning: source 'p' polls 1 of its 2 meters in vain: no pipeline takes vcpus; "
                    + "add them to a source of pipeline.yaml, or do not poll them"
            ])
    }

    @Test func aMisspeltExclusionOrPatternIsTold() throws {
        #expect(
            try warnings(polling: "[cpu]", pipeline: "['*', '!vcpu']").map { $0.prefix { $0 != ";" } } == [
                "pipeline.yaml:2:29: warning: no meter is called 'vcpu'"
            ])
        let told = try warnings(polling: "[cpu]", pipeline: "[cpu, 'memroy.*', 'dsik.device.*.bytes']")
        #expect(told.count == 2)
        #expect(told.first?.hasSuffix("did you mean memory.*?") == true, "\(told)")
        #expect(told.last?.hasSuffix("did you mean disk.device.*.bytes?") == true, "\(told)")
    }

    @Test func thatNothingIsPolledOrTakenIsNotToldTwice() throws {
        #expect(try warnings(polling: "[frob]", pipeline: "['*']") == [])
        var told = Diagnostics()
        let polled = try #require(
            PollingDefinition.load(
                Array("sources: [{name: p, interval: 5, meters: [cpu]}]".utf8), file: "polling.yaml",
                knownMeters: Self.known, into: &told))
        #expect(MeterCoverage.warnings(of: polled, and: .everything, knownMeters: Self.known).all.isEmpty)
    }
}
