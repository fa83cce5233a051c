import Telemetry
import Testing

@testable import collector

@Suite struct InstanceTableTests {
    private func table(_ samples: ReceivedSample..., capacity: Int = 100) -> InstanceTable {
        var table = InstanceTable(capacity: capacity)
        for sample in samples { table.record(sample) }
        return table
    }

    private func row(_ table: InstanceTable, status: AgentStatus? = nil, at seconds: Int64 = 100) throws -> InstanceRow
    {
        try #require(table.rows(status: status, at: Timestamp(seconds: seconds)).first)
    }

    private func status(_ meter: String, _ reason: String) -> AgentStatus {
        AgentStatus(instances: [.init(uuid: "u1", name: "web", missing: [.init(meter: meter, reason: reason)])])
    }

    @Test func theNewestFiguresAreShown() throws {
        let row = try row(
            table(
                .of("memory", 128, at: 90), .of("memory.usage", 20, at: 90), .of("memory.resident", 196, at: 90),
                .of("memory.usage", 22, at: 95), .of("cpu", 7, at: 96)))
        #expect(row.figures == [.memory: 128, .usage: 22, .resident: 196])
        #expect(row.missing.isEmpty)
        #expect(row.age == 5)
        #expect(row.name == "web" && row.project == "p1")
    }

    @Test func anOlderSampleThatComesLateChangesNothing() throws {
        let row = try row(table(.of("memory.usage", 22, at: 95), .of("memory.usage", 20, at: 90, name: "old")))
        #expect(row.figures[.usage] == 22)
        #expect(row.name == "web")
        #expect(row.age == 5)
    }

    @Test func aRenamedInstanceHasItsNewName() throws {
        let row = try row(table(.of("memory", 1, at: 90), .of("memory", 1, at: 95, name: "www")))
        #expect(row.name == "www")
    }

    @Test func withoutAStatusAMissingFigureWasNotReceived() throws {
        let row = try row(table(.of("memory", 128, at: 90)))
        #expect(
            row.missing == [
                .init(meter: .usage, reason: "not received"), .init(meter: .resident, reason: "not received"),
            ])
    }

    @Test func theStatusSaysWhy() throws {
        let row = try row(table(.of("memory", 128, at: 90)), status: status("memory.usage", "paused"))
        #expect(row.missing.first == .init(meter: .usage, reason: "paused"))
    }

    @Test func aFigureThatTheAgentWithholdsNowIsNotShown() throws {
        let row = try row(table(.of("memory.usage", 20, at: 90)), status: status("memory.usage", "stale"))
        #expect(row.figures[.usage] == nil)
    }

    @Test func aFigureIsOfThePastOnceAnotherMeterCameTwiceAfterIt() throws {
        var table = table(.of("memory.usage", 20, at: 90), .of("memory.resident", 196, at: 90))
        table.record(.of("memory.resident", 196, at: 95))
        #expect(try row(table).figures[.usage] == 20)
        table.record(.of("memory.resident", 196, at: 100))
        #expect(try row(table).figures[.usage] == nil)
        #expect(try row(table).figures[.resident] == 196)
    }

    @Test func anInstanceThatOnlyTheAgentKnowsHasARow() throws {
        let row = try row(InstanceTable(), status: status("memory.usage", "the instance is shut off"))
        #expect(row.uuid == "u1" && row.name == "web" && row.age == nil)
        #expect(row.missing.map(\.reason) == ["not received", "the instance is shut off", "not received"])
    }

    @Test func rowsAreInTheOrderOfTheirNames() {
        let table = table(
            .of("memory", 1, at: 90, instance: "u1", name: "b"), .of("memory", 1, at: 90, instance: "u3", name: "a"),
            .of("memory", 1, at: 90, instance: "u2", name: "a"))
        #expect(table.rows(status: nil, at: Timestamp(seconds: 100)).map(\.uuid) == ["u2", "u3", "u1"])
    }

    @Test func theInstanceThatWasSilentForLongestMakesRoom() {
        let table = table(
            .of("memory", 1, at: 90, instance: "u1"), .of("memory", 1, at: 80, instance: "u2"),
            .of("memory", 1, at: 95, instance: "u3"), capacity: 2)
        #expect(table.rows(status: nil, at: Timestamp(seconds: 100)).map(\.uuid) == ["u1", "u3"])
        #expect(table.samples == 3)
    }
}
