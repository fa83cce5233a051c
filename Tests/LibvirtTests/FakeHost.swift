import Dispatch
import Hypervisor
import Logging
import Synchronization
import Telemetry

@testable import Libvirt

/// A libvirtd without a daemon: domains of which single calls fail or do not return, as libvirt 9.0 lets them.
final class FakeHost: Sendable {
    struct Guest {
        var stats: DomainStats
        var xml = "<domain/>"
        /// The performance events cannot be read, which libvirt 9.0 makes an error of the whole bulk call.
        var failsPerf = false
        /// The monitor is silent: since when, and whether libvirt holds the job for a call that waits for it.
        var hangsSince: ContinuousClock.Instant?
        var isJobHeld = false
        /// virDomainGetXMLDesc does not return.
        var hangsXML = false
        /// virDomainGetBlockInfo does not return.
        var hangsInfo = false
        var info: [String: DomainStats.BlockInfo] = [:]
    }

    fileprivate struct State {
        var guests: [String: Guest] = [:]
        var counts: [String: Int] = [:]
        var hangsConnects = false
        var isOver = false
    }

    private let state = Mutex(State())
    /// Whoever hangs waits for this.
    private let gate = DispatchSemaphore(value: 0)

    func change(_ uuid: String, _ body: (inout Guest) -> Void) {
        state.withLock { state in
            var guest = state.guests[uuid] ?? Guest(stats: FakeHost.healthy)
            body(&guest)
            state.guests[uuid] = guest
        }
    }

    /// How often a call was made, by its name.
    func count(_ call: String) -> Int { state.withLock { $0.counts[call] ?? 0 } }

    func hangConnects(_ hangs: Bool) { state.withLock { $0.hangsConnects = hangs } }

    /// Lets all that hangs return, now and later.
    func release() {
        state.withLock { $0.isOver = true }
        for _ in 0..<100 { gate.signal() }
    }

    /// A running guest's figures.
    static var healthy: DomainStats {
        var stats = DomainStats()
        stats.state = 1
        stats.balloon.resident = 1000
        stats.perf.cpuCycles = 7
        return stats
    }

    func hypervisor(
        deadline: Duration = .seconds(2), resync: Duration = .seconds(600), connectPatience: Duration = .seconds(600)
    ) -> LibvirtHypervisor {
        LibvirtHypervisor(
            shown: "fake:///", deadline: deadline, resyncInterval: resync, connectPatience: connectPatience,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: { Timestamp(seconds: 1) },
            connect: { self.connect() })
    }

    private func connect() -> Result<any HostCalls, LibvirtError> {
        if note("connect", { $0.hangsConnects }) { hang() }
        return .success(FakeConnection(self))
    }

    fileprivate func note<Value: Sendable>(_ call: String, _ body: (inout State) -> Value) -> Value {
        state.withLock { state in
            state.counts[call, default: 0] += 1
            return body(&state)
        }
    }

    fileprivate func hang() {
        if state.withLock({ !$0.isOver }) { gate.wait() }
    }

    fileprivate func records(
        _ call: String, _ groups: StatisticsGroups, of wanted: [String]?
    ) -> Result<[BulkRecord], LibvirtError> {
        enum Answer {
            case hang, answer(Result<[BulkRecord], LibvirtError>)
        }
        let answer: Answer = note(call) { state in
            let uuids = (wanted ?? Array(state.guests.keys)).sorted().filter { state.guests[$0] != nil }
            if let stuck = uuids.first(where: {
                state.guests[$0]?.hangsSince != nil && state.guests[$0]?.isJobHeld == false
            }) {
                state.guests[stuck]?.isJobHeld = true
                return .hang
            }
            var records: [BulkRecord] = []
            for uuid in uuids {
                guard let guest = state.guests[uuid] else { continue }
                if groups.contains(.perf), guest.failsPerf {
                    return .answer(
                        .failure(
                            LibvirtError(
                                call: call, domain: nil, code: 38, origin: 47,
                                message: "Unable to read cache data: Is a directory")))
                }
                var stats = DomainStats()
                stats.take(guest.hangsSince == nil ? groups.union(.state) : .state, from: guest.stats)
                records.append(BulkRecord(uuid: uuid, name: "guest-\(uuid)", id: 1, stats: stats))
            }
            return .answer(.success(records))
        }
        guard case .answer(let result) = answer else {
            hang()
            return .success([])
        }
        return result
    }
}

private final class FakeConnection: HostCalls {
    let changes = DomainChanges()
    private let host: FakeHost

    init(_ host: FakeHost) { self.host = host }

    func stats(_ groups: StatisticsGroups) -> Result<[BulkRecord], LibvirtError> {
        host.records("bulk", groups, of: nil)
    }

    func stats(_ groups: StatisticsGroups, of uuids: [String]) -> Result<[BulkRecord], LibvirtError> {
        host.records("some", groups, of: uuids)
    }

    func rawStats(_ groups: StatisticsGroups) -> Result<[RawRecord], LibvirtError> {
        raw(host.records("bulk", groups, of: nil))
    }

    func rawStats(_ groups: StatisticsGroups, of uuids: [String]) -> Result<[RawRecord], LibvirtError> {
        raw(host.records("some", groups, of: uuids))
    }

    /// The few parameters that tests look at.
    private func raw(_ records: Result<[BulkRecord], LibvirtError>) -> Result<[RawRecord], LibvirtError> {
        records.map {
            $0.map { record in
                var stats: [String: StatisticValue] = [:]
                stats["balloon.rss"] = record.stats.balloon.resident.map { .integer($0) }
                stats["perf.cpu_cycles"] = record.stats.perf.cpuCycles.map { .integer($0) }
                for block in record.stats.blocks {
                    stats["block.\(block.index).name"] = block.name.map { .string($0) }
                    stats["block.\(block.index).capacity"] = block.capacity.map { .integer($0) }
                }
                return RawRecord(uuid: record.uuid, name: record.name, id: record.id, stats: stats)
            }
        }
    }

    func description(of uuid: String) -> Result<String, LibvirtError> {
        let (xml, hangs) = host.note("description \(uuid)") {
            ($0.guests[uuid]?.xml, $0.guests[uuid]?.hangsXML == true)
        }
        if hangs { host.hang() }
        return xml.map { .success($0) }
            ?? .failure(
                LibvirtError(call: "virDomainLookupByUUIDString", domain: uuid, code: 42, origin: 10, message: ""))
    }

    func blockInfo(of uuid: String, devices: [String]) -> [String: DomainStats.BlockInfo] {
        let (info, hangs) = host.note("info \(uuid)") {
            ($0.guests[uuid]?.info ?? [:], $0.guests[uuid]?.hangsInfo == true)
        }
        if hangs { host.hang() }
        return info.filter { devices.contains($0.key) }
    }

    func occupations(of uuids: [String]?) -> [OccupiedGuest] {
        host.note("occupations") { state in
            state.guests.compactMap { uuid, guest in
                guard let since = guest.hangsSince, guest.isJobHeld, uuids?.contains(uuid) ?? true else { return nil }
                return OccupiedGuest(uuid: uuid, name: "guest-\(uuid)", duration: ContinuousClock.now - since)
            }
        }
    }
}
