public import Telemetry
import Synchronization

/// Polls a recording: each read is the next cycle.
public final class RecordedHypervisor: Hypervisor {
    private let recording: Recording
    private let now: @Sendable () -> Timestamp
    private let repeats: Bool
    private let state = Mutex(State())

    private struct State {
        var next = 0
        /// The latest object of each domain, kept while its description stays the same.
        var domains: [String: (domain: Domain, recorded: RecordedDomain)] = [:]
    }

    /// A hypervisor that gives the recording's cycles in order and then `ended`, or, if `repeats`, begins again, as of
    /// the present. `now` tells the time where a cycle does not.
    public init(_ recording: Recording, repeats: Bool = false, now: @escaping @Sendable () -> Timestamp) {
        self.recording = recording
        self.repeats = repeats
        self.now = now
    }

    /// The next cycle. Throws `ended` behind the last one.
    public func read(_ groups: StatisticsGroups) async throws(HypervisorError) -> Reading {
        let reading: Reading? = state.withLock { state in
            let beginsAnew = repeats && state.next > 0 && state.next == recording.cycles.count
            if beginsAnew { state.next = 0 }
            guard state.next < recording.cycles.count else { return nil }
            let cycle = recording.cycles[state.next]
            state.next += 1
            let present = now()
            // A recording that is played for ever is moved to the present, with the age of its figures kept.
            let shift = repeats ? cycle.at.map { (present.microseconds - $0.microseconds) / 1_000_000 } ?? 0 : 0
            var seen: [String: (domain: Domain, recorded: RecordedDomain)] = [:]
            let domains = cycle.domains.map { recorded in
                let domain =
                    state.domains[recorded.uuid].flatMap { $0.recorded.describes(recorded) ? $0.domain : nil }
                    ?? Domain(uuid: recorded.uuid, name: recorded.name, id: recorded.id, xml: recorded.xml)
                seen[recorded.uuid] = (domain, recorded)
                var stats = DomainStats()
                // Sorted, so that indexed parameters of one device come together.
                for (name, value) in recorded.stats.sorted(by: { $0.key < $1.key }) { stats.set(name, value) }
                stats.vcpus.sort { $0.index < $1.index }
                stats.blocks.sort { $0.index < $1.index }
                stats.take(recorded.blockInfo)
                stats.interfaces.sort { $0.index < $1.index }
                if shift != 0, let update = stats.balloon.lastUpdate, update > 0 {
                    stats.balloon.lastUpdate = update + Int128(shift)
                }
                return DomainReading(domain: domain, stats: stats)
            }
            state.domains = seen
            var reading = Reading(
                at: repeats ? present : cycle.at ?? present, host: recording.host, domains: domains, calls: 0)
            reading.beginsAnew = beginsAnew
            return reading
        }
        guard let reading else {
            throw HypervisorError(.ended, "the recording has no more cycles (it has \(recording.cycles.count))")
        }
        return reading
    }

    /// Nothing is open.
    public func close() async {}
}

extension RecordedDomain {
    fileprivate func describes(_ other: RecordedDomain) -> Bool {
        name == other.name && id == other.id && xml == other.xml
    }
}

extension DomainStats {
    /// Takes in the answers of virDomainGetBlockInfo by target device, also of disks that the bulk call did not tell of.
    fileprivate mutating func take(_ answers: [String: BlockInfo]) {
        for place in blocks.indices {
            blocks[place].info = blocks[place].name.flatMap { answers[$0] }
        }
        let known = Set(blocks.map(\.name))
        for (device, info) in answers.sorted(by: { $0.key < $1.key }) where !known.contains(device) {
            var block = Block(index: (blocks.last?.index ?? -1) + 1)
            block.name = device
            block.info = info
            blocks.append(block)
        }
    }
}
