import Testing

@testable import Agent

/// Reloads and ends, in every order of events: what a process does, and with what it is left.
struct LifecycleTests {
    /// What the files of a configuration are good for.
    fileprivate enum Quality: CaseIterable {
        /// An agent starts with it.
        case good
        /// It cannot be read.
        case unreadable
        /// No agent starts with it, as its status address is taken.
        case unstartable
    }

    /// A configuration, by its place in the order in which they were written.
    fileprivate struct Version: Hashable {
        let number: Int
        let quality: Quality
    }

    /// The world around a `Lifecycle`: files, loads and agents, each of which may be done next.
    fileprivate struct World: Hashable {
        enum Agent: Hashable {
            case starting(Version, generation: Int)
            case running(Version, generation: Int)
        }

        var life = Lifecycle<Version>()
        var file: Version
        /// The loads under way, with what they read.
        var loads: [Int: Version] = [:]
        /// The number of the file that was read last.
        var read = -1
        /// The newest that was read and can be run.
        var newest: Version?
        var agents: [Agent] = []
        var told: Set<Int> = []
        var signals = 0
        var stops = 0
        var ending: Lifecycle<Version>.Ending?
        var violation: String?

        init(_ quality: Quality) {
            file = Version(number: 0, quality: quality)
            perform(life.begin())
        }

        mutating func perform(_ actions: [Lifecycle<Version>.Action]) {
            for action in actions {
                guard ending == nil else {
                    violation = "something is done after the end"
                    return
                }
                switch action {
                case .load(let number):
                    if !loads.isEmpty { violation = "two loads at a time" }
                    loads[number] = file
                    read = file.number
                case .start(let version, let generation):
                    if !agents.isEmpty { violation = "two agents" }
                    agents.append(.starting(version, generation: generation))
                case .stop(let generation):
                    if told.contains(generation) { violation = "an agent is told twice" }
                    told.insert(generation)
                case .end(let ending):
                    if !agents.isEmpty { violation = "the process ends before its agent" }
                    self.ending = ending
                case .reloaded(let version, _):
                    if !agents.contains(where: { $0.version == version }) { violation = "reloaded without an agent" }
                case .refused, .revert: break
                }
            }
        }

        mutating func handle(_ event: Lifecycle<Version>.Event) { perform(life.handle(event)) }

        /// Every world that may come next.
        func next(signals limit: Int) -> [World] {
            guard ending == nil else { return [] }
            var worlds: [World] = []
            func then(_ body: (inout World) -> Void) {
                var world = self
                body(&world)
                worlds.append(world)
            }
            if signals < limit {
                for quality in Quality.allCases {
                    then { world in
                        world.signals += 1
                        world.file = Version(number: world.signals, quality: quality)
                        world.handle(.reload)
                    }
                }
            }
            if stops < 1 {
                then { world in
                    world.stops += 1
                    world.handle(.stop)
                }
            }
            for (number, version) in loads {
                then { world in
                    world.loads[number] = nil
                    if version.quality == .good { world.newest = version }
                    world.handle(.loaded(load: number, version.quality == .unreadable ? nil : version))
                }
            }
            for (index, agent) in agents.enumerated() {
                switch agent {
                case .starting(let version, let generation):
                    then { world in
                        if version.quality == .good {
                            world.agents[index] = .running(version, generation: generation)
                            world.handle(.started(generation: generation))
                        } else {
                            world.agents.remove(at: index)
                            world.handle(.ended(generation: generation, .failed("address in use")))
                        }
                    }
                    // It was told to end before it had started, and may take that for a failure.
                    if told.contains(generation) {
                        for end in [Lifecycle<Version>.AgentEnd.stopped, .failed("cancelled")] {
                            then { world in
                                world.agents.remove(at: index)
                                world.handle(.ended(generation: generation, end))
                            }
                        }
                    }
                case .running(_, let generation) where told.contains(generation):
                    then { world in
                        world.agents.remove(at: index)
                        world.handle(.ended(generation: generation, .stopped))
                        // Told once more, by the timer for agents that hang.
                        world.handle(.ended(generation: generation, .stopped))
                    }
                case .running: break
                }
            }
            return worlds
        }

        /// What is wrong with it, if nothing is under way.
        var complaint: String? {
            if let violation { return violation }
            if let ending {
                let isHopeful = newest != nil || loads.values.contains { $0.quality == .good }
                return ending != .stopped && isHopeful ? "ended with \(ending), and a configuration is good" : nil
            }
            let isStill =
                loads.isEmpty
                && agents.allSatisfy { if case .running(_, let g) = $0 { !told.contains(g) } else { false } }
            guard isStill else { return nil }
            if read != file.number { return "\(file) was never read" }
            if stops > 0 { return "told to end, and runs" }
            guard agents.count == 1, let version = agents.first?.version else { return "no agent runs" }
            return version == newest ? nil : "\(version) runs, and not \(String(describing: newest))"
        }
    }

    /// Up to three reloads and a stop, in every order, with every quality of what they read.
    @Test(arguments: [0, 1, 2, 3]) func everyOrderOfEventsEndsInTheNewestThatStarts(signals: Int) throws {
        var seen: Set<World> = []
        for quality in Quality.allCases {
            var waiting = [World(quality)]
            while let world = waiting.popLast() {
                guard seen.insert(world).inserted else { continue }
                if let complaint = world.complaint {
                    Issue.record("\(complaint): \(world)")
                    return
                }
                waiting += world.next(signals: signals)
            }
        }
        #expect(seen.count > 10 * (signals + 1))
    }

    private typealias Life = Lifecycle<String>

    /// A process whose first agent runs on "one".
    private func running() -> Life {
        var life = Life()
        #expect(life.begin() == [.load(1)])
        #expect(life.handle(.loaded(load: 1, "one")) == [.start("one", generation: 1)])
        #expect(life.handle(.started(generation: 1)) == [])
        return life
    }

    /// B3: the bad agent's failure is told while the corrected configuration is being read.
    @Test func aFailureIsNotTakenForTheNextAgents() {
        var life = running()
        #expect(life.handle(.reload) == [.load(2)])
        #expect(life.handle(.loaded(load: 2, "taken")) == [.stop(generation: 1)])
        #expect(life.handle(.ended(generation: 1, .stopped)) == [.start("taken", generation: 2)])
        #expect(life.handle(.reload) == [.load(3)])
        #expect(
            life.handle(.ended(generation: 2, .failed("in use"))) == [.revert("in use"), .start("one", generation: 3)])
        #expect(life.handle(.loaded(load: 3, "two")) == [.stop(generation: 3)])
        #expect(life.handle(.started(generation: 3)) == [])
        #expect(life.handle(.ended(generation: 2, .failed("late"))) == [])
        #expect(life.handle(.ended(generation: 3, .stopped)) == [.start("two", generation: 4)])
        #expect(life.handle(.started(generation: 4)) == [.reloaded("two", isNewest: true)])
    }

    @Test func aReloadInTheFirstMomentsReadsAgain() {
        var life = Life()
        #expect(life.begin() == [.load(1)])
        #expect(life.handle(.reload) == [])
        #expect(life.handle(.reload) == [])
        #expect(life.handle(.loaded(load: 1, nil)) == [.load(2)])
        #expect(life.handle(.loaded(load: 2, "two")) == [.start("two", generation: 1)])
    }

    @Test func aStopInTheFirstMomentsEnds() {
        var life = Life()
        _ = life.begin()
        #expect(life.handle(.stop) == [.end(.stopped)])
        #expect(life.handle(.loaded(load: 1, "one")) == [])
    }

    @Test func whatCannotBeReadAtTheStartEnds() {
        var life = Life()
        _ = life.begin()
        #expect(life.handle(.loaded(load: 1, nil)) == [.end(.unusable)])
    }

    @Test func anAgentThatCannotStartAndHasNoOtherEnds() {
        var life = Life()
        _ = life.begin()
        _ = life.handle(.loaded(load: 1, "one"))
        #expect(life.handle(.ended(generation: 1, .failed("in use"))) == [.end(.failed("in use"))])
    }

    /// A load that hangs is given up, and what it brings later is nobody's.
    @Test func aLoadThatWasGivenUpBringsNothing() {
        var life = running()
        _ = life.handle(.reload)
        #expect(life.handle(.loaded(load: 2, nil)) == [.refused])
        #expect(life.handle(.loaded(load: 2, "late")) == [])
        #expect(life.handle(.reload) == [.load(3)])
        #expect(life.handle(.loaded(load: 2, "later")) == [])
    }

    @Test func whatMustRestartEndsEvenInAReload() {
        var life = running()
        _ = life.handle(.reload)
        _ = life.handle(.loaded(load: 2, "two"))
        #expect(life.handle(.ended(generation: 1, .mustRestart("eight calls"))) == [.end(.mustRestart("eight calls"))])
    }
}

extension LifecycleTests.World.Agent {
    fileprivate var version: LifecycleTests.Version {
        switch self {
        case .starting(let version, _), .running(let version, _): version
        }
    }
}
