import Telemetry
import Testing

@testable import Agent

struct InstanceRosterTests {
    private func time(_ seconds: Int64) -> Timestamp { Timestamp(seconds: 1_795_000_000 + seconds) }

    @Test func whoIsGoneIsAskedForAfterAWhile() {
        var roster = InstanceRoster()
        let change1 = roster.see(instances: ["a", "b"], domains: ["a", "b", "x"], at: time(0))
        #expect(change1)
        let change2 = roster.see(instances: ["a", "b"], domains: ["a", "b", "x"], at: time(60))
        #expect(!change2)
        let change3 = roster.see(instances: ["a"], domains: ["a", "x"], at: time(120))
        #expect(change3)
        #expect(roster.due(at: time(149)).isEmpty)
        let due = roster.due(at: time(150))
        #expect(due.map(\.id) == ["b"] && due.map(\.since) == [time(120)])
        // The time since when it is missed does not move on.
        let change4 = roster.see(instances: ["a"], domains: ["a"], at: time(180))
        #expect(!change4)
        #expect(roster.due(at: time(180)).map(\.since) == [time(120)])
        roster.settle("b")
        #expect(roster.due(at: time(1000)).isEmpty)
    }

    @Test func aClockThatIsSetBackPutsNoQuestionOff() {
        var roster = InstanceRoster()
        _ = roster.see(instances: ["a"], domains: ["a"], at: time(7000))
        _ = roster.see(instances: [], domains: [], at: time(7010))
        _ = roster.see(instances: [], domains: [], at: time(0))
        _ = roster.see(instances: [], domains: [], at: time(30))
        #expect(roster.due(at: time(30)).map(\.id) == ["a"])
    }

    @Test func whoComesBackIsNotGone() {
        var roster = InstanceRoster()
        _ = roster.see(instances: ["a"], domains: ["a"], at: time(0))
        _ = roster.see(instances: [], domains: [], at: time(10))
        let change5 = roster.see(instances: ["a"], domains: ["a"], at: time(20))
        #expect(change5)
        #expect(roster.due(at: time(1000)).isEmpty)
        // Its metadata cannot be read for a while: it is no instance, but it is there.
        let change6 = roster.see(instances: [], domains: ["a"], at: time(30))
        #expect(!change6)
        #expect(roster.present == ["a"])
        _ = roster.see(instances: [], domains: [], at: time(40))
        #expect(roster.due(at: time(70)).map(\.id) == ["a"])
    }

    @Test func noMoreThanSoManyAreAskedFor() {
        var roster = InstanceRoster()
        let many = Set((0..<InstanceRoster.capacity + 5).map { "i\($0)" })
        _ = roster.see(instances: many, domains: many, at: time(0))
        _ = roster.see(instances: [], domains: [], at: time(10))
        #expect(roster.gone.count == InstanceRoster.capacity)
    }

    @Test func theFileOutlivesTheAgent() throws {
        let folder = try ConfigurationFolder([:])
        let file = RosterFile(directory: folder.path)
        #expect(try file.load() == InstanceRoster())
        var roster = InstanceRoster()
        _ = roster.see(instances: ["a", "b"], domains: ["a", "b"], at: time(0))
        _ = roster.see(instances: ["b"], domains: ["b"], at: time(1))
        try file.save(roster)
        #expect(try file.load() == roster)
        let broken = try ConfigurationFolder(["instances.json": "{\"present\": [1"])
        #expect(throws: (any Error).self) { try RosterFile(directory: broken.path).load() }
    }
}
