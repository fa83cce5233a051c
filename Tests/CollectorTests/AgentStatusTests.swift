import FoundationEssentials
import Testing

@testable import collector

@Suite struct AgentStatusTests {
    private func decode(_ json: String) throws -> AgentStatus {
        try JSONDecoder().decode(AgentStatus.self, from: Data(json.utf8))
    }

    @Test func reasonsAreFoundByMeter() throws {
        let status = try decode(
            """
            {"version": "1", "instances": [{"uuid": "u1", "name": "server-1", "state": 1,
             "missing": [{"meter": "memory.usage", "reason": "paused", "since": 3}]}], "outbox": {}}
            """)
        let instance = try #require(status.instances?.first)
        #expect(instance.name == "server-1")
        #expect(instance.reason("memory.usage") == "paused")
        #expect(instance.reason("memory") == nil)
    }

    @Test func everythingButTheUUIDMayBeAbsent() throws {
        #expect(try decode("{}").instances == nil)
        #expect(try decode(#"{"instances": [{"uuid": "u1"}]}"#).instances?.first?.reason("memory") == nil)
        #expect(throws: DecodingError.self) { try decode(#"{"instances": [{"name": "x"}]}"#) }
    }
}
