import Pipeline
import Testing

@Suite struct PollingTaskTests {
    private let known = ["cpu", "vcpus", "memory", "memory.usage"]

    private func plan(_ sources: String) throws -> [PollingTask] {
        let (definition, told) = loadPolling("sources:\n" + sources, known: known)
        return PollingTask.plan(try #require(definition, "\(told)"), knownMeters: PollableMeters(known))
    }

    @Test func sourcesOfOneIntervalAreOneTask() throws {
        let tasks = try plan(
            """
              - {name: a, interval: 10, meters: [memory, cpu]}
              - {name: b, interval: 60, meters: [vcpus]}
              - {name: c, interval: 10, meters: ["*"]}
            """)
        #expect(tasks.map(\.interval) == [10, 60])
        #expect(tasks.map(\.sources) == [["a", "c"], ["b"]])
        // Each meter once: of the source first, and within it in the order of the known meters.
        #expect(tasks.map(\.meters) == [["cpu", "memory", "vcpus", "memory.usage"], ["vcpus"]])
    }

    @Test func sourceWithoutKnownMetersMakesNoTask() throws {
        #expect(try plan("  - {name: a, interval: 10, meters: [volume.size]}").isEmpty)
        #expect(try plan("  - {name: a, interval: 10, meters: [\"!*\"]}").isEmpty)
    }

    @Test func sourcesOfOneNameStayApart() throws {
        let tasks = try plan(
            """
              - {name: a, interval: 10, meters: [cpu]}
              - {name: a, interval: 20, meters: [cpu]}
            """)
        #expect(tasks.map(\.interval) == [10, 20])
        #expect(tasks.map(\.meters) == [["cpu"], ["cpu"]])
    }

    @Test func noSourcesMakeNoTasks() throws {
        let (definition, _) = loadPolling("sources: []")
        #expect(PollingTask.plan(try #require(definition), knownMeters: PollableMeters(known)).isEmpty)
    }
}
