import Foundation
import Telemetry
import Testing

@testable import Agent

struct InstanceRosterTests {
    private func time(_ seconds: Int64) -> Timestamp { Timestamp(seconds: 1_795_000_000 + seconds) }

    /// A poll at that many seconds of both clocks.
    private func see(_ roster: inout InstanceRoster, _ instances: Set<String>, _ domains: Set<String>, _ seconds: Int64)
        -> Bool
    {
        roster.see(instances: instances, domains: domains, at: time(seconds), uptime: .seconds(seconds))
    }

    /// A wall clock that jumps by days for seconds neither has Nova asked at once, nor gives an instance up, nor delays it.
    @Test(arguments: [8 * 86_400, -8 * 86_400]) func aClockThatJumpsChangesNothing(jump: Int64) {
        var roster = InstanceRoster()
        _ = see(&roster, ["a", "b"], ["a", "b"], 0)
        _ = roster.see(instances: ["b"], domains: ["b"], at: time(10 + jump), uptime: .seconds(10))
        #expect(roster.due(uptime: .seconds(39)).isEmpty)
        #expect(roster.due(uptime: .seconds(40)).map(\.id) == ["a"])
        _ = see(&roster, [], [], 20)
        #expect(Set(roster.due(uptime: .seconds(50)).map(\.id)) == ["a", "b"])
        for id in ["a", "b"] {
            #expect(!roster.isGivenUp(id, at: time(3000 + jump), uptime: .seconds(3000)))
            #expect(roster.isGivenUp(id, at: time(86_420), uptime: .seconds(86_420)))
        }
    }

    /// What was missed before this process began is asked for once it has missed it as well.
    @Test func whatAnEarlierRunMissedIsGivenUpAfterADayInAll() throws {
        var earlier = InstanceRoster()
        _ = see(&earlier, ["a"], ["a"], 0)
        _ = see(&earlier, [], [], 10)
        var roster = try JSONDecoder().decode(InstanceRoster.self, from: JSONEncoder().encode(earlier))
        _ = roster.see(instances: [], domains: [], at: time(90_000), uptime: .seconds(5))
        #expect(roster.due(uptime: .seconds(34)).isEmpty)
        #expect(roster.due(uptime: .seconds(35)).map(\.since) == [time(10)])
        #expect(!roster.isGivenUp("a", at: time(90_040), uptime: .seconds(45)))
        #expect(roster.isGivenUp("a", at: time(93_600), uptime: .seconds(3605)))
    }

    @Test func whoIsGoneIsAskedForAfterAWhile() {
        var roster = InstanceRoster()
        let change1 = see(&roster, ["a", "b"], ["a", "b", "x"], 0)
        #expect(change1)
        let change2 = see(&roster, ["a", "b"], ["a", "b", "x"], 60)
        #expect(!change2)
        let change3 = see(&roster, ["a"], ["a", "x"], 120)
        #expect(change3)
        #expect(roster.due(uptime: .seconds(149)).isEmpty)
        let due = roster.due(uptime: .seconds(150))
        #expect(due.map(\.id) == ["b"] && due.map(\.since) == [time(120)])
        // The time since when it is missed does not move on.
        let change4 = see(&roster, ["a"], ["a"], 180)
        #expect(!change4)
        #expect(roster.due(uptime: .seconds(180)).map(\.since) == [time(120)])
        roster.settle("b")
        #expect(roster.due(uptime: .seconds(1000)).isEmpty)
    }

    @Test func whoComesBackIsNotGone() {
        var roster = InstanceRoster()
        _ = see(&roster, ["a"], ["a"], 0)
        _ = see(&roster, [], [], 10)
        let change5 = see(&roster, ["a"], ["a"], 20)
        #expect(change5)
        #expect(roster.due(uptime: .seconds(1000)).isEmpty)
        // Its metadata cannot be read for a while: it is no instance, but it is there.
        let change6 = see(&roster, [], ["a"], 30)
        #expect(!change6)
        #expect(roster.present == ["a"])
        _ = see(&roster, [], [], 40)
        #expect(roster.due(uptime: .seconds(70)).map(\.id) == ["a"])
    }

    @Test func noMoreThanSoManyAreAskedFor() {
        var roster = InstanceRoster()
        let many = Set((0..<InstanceRoster.capacity + 5).map { "i\($0)" })
        _ = see(&roster, many, many, 0)
        _ = see(&roster, [], [], 10)
        #expect(roster.gone.count == InstanceRoster.capacity)
    }

    @Test func theFileOutlivesTheAgent() throws {
        let folder = try ConfigurationFolder([:])
        let file = RosterFile(directory: folder.path)
        #expect(try file.load() == InstanceRoster())
        var roster = InstanceRoster()
        _ = see(&roster, ["a", "b"], ["a", "b"], 0)
        _ = see(&roster, ["b"], ["b"], 1)
        try file.save(roster)
        #expect(try file.load() == roster)
        let broken = try ConfigurationFolder(["instances.json": "{\"present\": [1"])
        #expect(throws: (any Error).self) { try RosterFile(directory: broken.path).load() }
    }
}
