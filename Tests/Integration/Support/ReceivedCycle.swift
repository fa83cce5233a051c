import Foundation
import Glibc

/// What arrived of one cycle: the samples of a poll share their timestamp.
struct ReceivedCycle {
    /// A meter of a resource.
    struct Series: Hashable, CustomStringConvertible {
        let meter: String
        let resource: String
        var description: String { "\(meter)@\(resource)" }
    }

    /// Seconds since 1970.
    let at: Double
    /// What each instance has.
    let series: [String: Set<Series>]

    /// The meters of an instance.
    func meters(of uuid: String) -> Set<String> { Set(series[uuid, default: []].map(\.meter)) }

    /// What instances lack of that which they should have; empty if nothing.
    func lacks(_ expected: [String: Set<Series>], but exempt: Set<String> = []) -> [String: [String]] {
        var result: [String: [String]] = [:]
        for (uuid, all) in expected where !exempt.contains(uuid) {
            let missing = all.subtracting(series[uuid, default: []])
            if !missing.isEmpty { result[uuid] = Set(missing.map(\.meter)).sorted() }
        }
        return result
    }
}

/// The moment of a sample's timestamp, in seconds since 1970.
func moment(_ timestamp: String) throws -> Double {
    let parts = timestamp.split { "-T:+Z".contains($0) }.compactMap { Double($0) }
    guard parts.count >= 6 else { throw CommandError(description: "no timestamp: \(timestamp)") }
    var time = tm()
    time.tm_year = Int32(parts[0]) - 1900
    time.tm_mon = Int32(parts[1]) - 1
    time.tm_mday = Int32(parts[2])
    time.tm_hour = Int32(parts[3])
    time.tm_min = Int32(parts[4])
    return Double(timegm(&time)) + parts[5]
}

extension SampleReceiver {
    /// The cycles that were polled at or after a moment, oldest first.
    func cycles(since start: Date = .distantPast) throws -> [ReceivedCycle] {
        try Dictionary(grouping: samples, by: \.timestamp).map { timestamp, samples in
            ReceivedCycle(
                at: try moment(timestamp),
                series: Dictionary(grouping: samples, by: \.resource_metadata.instance_id).mapValues {
                    Set($0.map { ReceivedCycle.Series(meter: $0.name, resource: $0.resource_id) })
                })
        }.filter { $0.at >= start.timeIntervalSince1970 }.sorted { $0.at < $1.at }
    }

    /// Waits for that many cycles that were polled at or after a moment.
    func cycles(_ count: Int, since start: Date, within seconds: Double) async throws -> [ReceivedCycle] {
        var found: [ReceivedCycle] = []
        try await eventually("\(count) cycles since \(start)", within: seconds) {
            found = try cycles(since: start)
            return found.count >= count
        }
        return found
    }

    /// The samples of an instance, by meter, of the second cycle that is polled from now on: the first may be polled before
    /// the agent has libvirt's event of a change that was just made.
    func nextCycle(of uuid: String, within seconds: Double = 30) async throws -> [String: [ReceivedSample]] {
        let (began, known) = (Date().timeIntervalSince1970, samples.count)
        var second: [ReceivedSample] = []
        try await eventually("two cycles", within: seconds) {
            let cycles = try Dictionary(grouping: samples.dropFirst(known), by: \.timestamp)
                .map { (at: try moment($0), samples: $1) }.filter { $0.at >= began }.sorted { $0.at < $1.at }
            guard cycles.count >= 2 else { return false }
            second = cycles[1].samples
            return true
        }
        return Dictionary(grouping: second.filter { $0.resource_metadata.instance_id == uuid }, by: \.name)
    }

    /// What each of these instances has when two cycles in a row have the same of all of them, memory figures among it
    /// but for those that have none.
    func steady(_ uuids: [String], without none: Set<String> = []) async throws -> [String: Set<ReceivedCycle.Series>] {
        var found: [String: Set<ReceivedCycle.Series>] = [:]
        try await eventually("a full set of samples of \(uuids.count) instances", within: 40) {
            let last = try cycles().suffix(2)
            guard last.count == 2, let newest = last.last, let other = last.first else { return false }
            found = newest.series.filter { uuids.contains($0.key) }
            return uuids.allSatisfy { uuid in
                newest.series[uuid] == other.series[uuid] && newest.meters(of: uuid).contains("memory.resident")
                    && (none.contains(uuid) || newest.meters(of: uuid).contains("memory.usage"))
            }
        }
        return found
    }
}
