/// Decides which configuration an agent runs on: from the signals that a process gets, from what came of loading, and from
/// what became of agents. It starts and ends nothing itself.
///
/// Invariants, in whatever order events come:
/// 1. At most one agent runs: the next is started when the last has ended.
/// 2. When nothing is under way, the agent runs on the newest configuration that could be read and that an agent could
///    start with. If there is none, the process ends.
/// 3. An event of an agent or of a load that is over changes nothing.
///
/// Shown by `LifecycleTests`, over all orders of events.
public struct Lifecycle<Configuration: Sendable>: Sendable {
    /// Something happened.
    public enum Event: Sendable {
        /// The configuration is to be read anew.
        case reload
        /// The process is to end.
        case stop
        /// What came of a load; `nil`: it cannot be used.
        case loaded(load: Int, Configuration?)
        /// An agent has all that it needs, and polls.
        case started(generation: Int)
        /// An agent has ended.
        case ended(generation: Int, AgentEnd)
    }

    /// Why an agent ended.
    public enum AgentEnd: Sendable, Hashable {
        /// It was told to.
        case stopped
        /// A recording has no more cycles.
        case finished
        /// The process must be restarted, for that reason.
        case mustRestart(String)
        /// It could not start, for that reason.
        case failed(String)
    }

    /// Something is to be done.
    public enum Action: Sendable {
        /// Read the configuration, and tell of it with that number.
        case load(Int)
        /// Start an agent.
        case start(Configuration, generation: Int)
        /// Have an agent end.
        case stop(generation: Int)
        /// A configuration that came by a reload runs; whether it is what the last reload read.
        case reloaded(Configuration, isNewest: Bool)
        /// A reload has come to its end: the configuration cannot be used, and the old one stays.
        case refused
        /// A reload has come to its end: no agent starts with the configuration, for that reason, and an older one is
        /// tried.
        case revert(String)
        /// End the process.
        case end(Ending)
    }

    /// Why the process ends.
    public enum Ending: Sendable, Hashable {
        /// It was told to.
        case stopped
        /// A recording has no more cycles.
        case finished
        /// The configuration cannot be used, and there is no other.
        case unusable
        /// No agent starts, for that reason.
        case failed(String)
        /// It must be restarted, for that reason.
        case mustRestart(String)
    }

    fileprivate struct Candidate: Sendable {
        let configuration: Configuration
        /// The load that it is from.
        let load: Int
    }

    fileprivate struct Running: Sendable {
        let load: Int
        let generation: Int
        var hasStarted = false
        var isStopping = false
    }

    /// What may be run, newest last: the one that runs or ran, those that have not been tried, and those to go back to.
    private var candidates: [Candidate] = []
    private var running: Running?
    private var generation = 0
    private var load = 0
    private var isLoading = false
    /// Whether a reload was asked for while a load was under way, which may have read the old files.
    private var isOutdated = false
    private var ending: Ending?
    /// Why no agent runs, while a load is under way that may bring another configuration.
    private var failure: Ending?

    /// A process that has just begun.
    public init() {}

    /// To be done first.
    public mutating func begin() -> [Action] { beginLoad() }

    /// What is to be done next.
    public mutating func handle(_ event: Event) -> [Action] {
        guard ending == nil else { return handleAtTheEnd(event) }
        switch event {
        case .reload:
            isOutdated = isLoading
            return isLoading ? [] : beginLoad()
        case .stop:
            return end(.stopped)
        case .loaded(load, let configuration) where isLoading:
            return loaded(configuration)
        case .started(running?.generation):
            return started()
        case .ended(running?.generation, let end):
            return ended(end)
        case .loaded, .started, .ended:
            return []
        }
    }

    private mutating func handleAtTheEnd(_ event: Event) -> [Action] {
        guard let ending, case .ended(running?.generation, _) = event else { return [] }
        running = nil
        return [.end(ending)]
    }

    /// Ends the process, after its agent.
    private mutating func end(_ ending: Ending) -> [Action] {
        self.ending = ending
        guard let running else { return [.end(ending)] }
        return running.isStopping ? [] : [.stop(generation: running.generation)]
    }

    private mutating func beginLoad() -> [Action] {
        isLoading = true
        isOutdated = false
        load += 1
        return [.load(load)]
    }

    private mutating func loaded(_ configuration: Configuration?) -> [Action] {
        isLoading = false
        if let configuration { candidates.append(Candidate(configuration: configuration, load: load)) }
        // What was read before the last signal may still be the newest that can be used.
        if isOutdated { return beginLoad() }
        let hasOther = running != nil || !candidates.isEmpty
        let refusal: [Action] = configuration == nil && hasOther ? [.refused] : []
        return refusal + next()
    }

    /// Has the newest candidate run.
    private mutating func next() -> [Action] {
        if var running {
            guard !running.isStopping, let newest = candidates.last, newest.load != running.load else { return [] }
            running.isStopping = true
            self.running = running
            return [.stop(generation: running.generation)]
        }
        guard let newest = candidates.last else {
            return isLoading ? [] : end(failure ?? .unusable)
        }
        generation += 1
        running = Running(load: newest.load, generation: generation)
        return [.start(newest.configuration, generation: generation)]
    }

    private mutating func started() -> [Action] {
        guard let running, !running.hasStarted else { return [] }
        self.running?.hasStarted = true
        failure = nil
        candidates.removeAll { $0.load < running.load }
        guard running.load > 1, let configuration = candidates.first?.configuration else { return [] }
        return [.reloaded(configuration, isNewest: running.load == load)]
    }

    private mutating func ended(_ end: AgentEnd) -> [Action] {
        guard let ended = running else { return [] }
        running = nil
        switch end {
        case .mustRestart(let reason): return self.end(.mustRestart(reason))
        case .finished where !ended.isStopping, .stopped where !ended.isStopping: return self.end(.finished)
        // What made it fail may be that it was told to end.
        case .failed where ended.isStopping, .finished, .stopped: return next()
        case .failed(let reason):
            failure = .failed(reason)
            candidates.removeAll { $0.load == ended.load }
            let actions = next()
            if case .start? = actions.first { return [.revert(reason)] + actions }
            return actions
        }
    }
}

extension Lifecycle: Equatable where Configuration: Equatable {}
extension Lifecycle: Hashable where Configuration: Hashable {}
extension Lifecycle.Candidate: Equatable where Configuration: Equatable {}
extension Lifecycle.Candidate: Hashable where Configuration: Hashable {}
extension Lifecycle.Event: Equatable where Configuration: Equatable {}
extension Lifecycle.Action: Equatable where Configuration: Equatable {}
extension Lifecycle.Running: Hashable {}
