import Hypervisor

/// The calls to libvirt over one connection. All of them block, so they are made on a lane, one at a time.
protocol HostCalls: AnyObject, Sendable {
    /// What events tell of this connection's domains.
    var changes: DomainChanges { get }

    /// One bulk call.
    func stats(_ groups: StatisticsGroups) -> Result<[BulkRecord], LibvirtError>
    /// The statistics of some domains: a call for each of them and one for all.
    func stats(_ groups: StatisticsGroups, of uuids: [String]) -> Result<[BulkRecord], LibvirtError>
    /// One bulk call, with the parameters as they are.
    func rawStats(_ groups: StatisticsGroups) -> Result<[RawRecord], LibvirtError>
    /// The parameters of some domains, as they are.
    func rawStats(_ groups: StatisticsGroups, of uuids: [String]) -> Result<[RawRecord], LibvirtError>
    /// The description of a domain: two calls, none of which needs a monitor.
    func description(of uuid: String) -> Result<String, LibvirtError>
    /// virDomainGetBlockInfo of some of a domain's disks, by target device. A disk that libvirt refuses is left out.
    func blockInfo(of uuid: String, devices: [String]) -> [String: DomainStats.BlockInfo]
    /// Those of all running domains, or of some, whose monitors are in use. Needs no monitor.
    func occupations(of uuids: [String]?) -> [OccupiedGuest]
}

/// A domain whose monitor is in use (virDomainGetControlInfo).
struct OccupiedGuest: Sendable, Hashable {
    let uuid: String
    let name: String
    /// How long it has been.
    let duration: Duration
}

/// A domain in the answer of a bulk call.
protocol StatisticsRecord: Sendable {
    var uuid: String { get }
    var name: String { get }
    /// -1 if it does not run.
    var id: Int { get }

    /// The bulk call that yields such records.
    static func ask(_ calls: any HostCalls, _ groups: StatisticsGroups) -> Result<[Self], LibvirtError>
    /// The same of some domains.
    static func ask(
        _ calls: any HostCalls, _ groups: StatisticsGroups, of uuids: [String]
    ) -> Result<[Self], LibvirtError>
    /// Takes the figures of some groups from another record of the same domain.
    mutating func take(_ groups: StatisticsGroups, from other: Self)
}

extension BulkRecord: StatisticsRecord {
    static func ask(_ calls: any HostCalls, _ groups: StatisticsGroups) -> Result<[BulkRecord], LibvirtError> {
        calls.stats(groups)
    }

    static func ask(
        _ calls: any HostCalls, _ groups: StatisticsGroups, of uuids: [String]
    ) -> Result<[BulkRecord], LibvirtError> { calls.stats(groups, of: uuids) }

    mutating func take(_ groups: StatisticsGroups, from other: BulkRecord) { stats.take(groups, from: other.stats) }
}

extension RawRecord: StatisticsRecord {
    static func ask(_ calls: any HostCalls, _ groups: StatisticsGroups) -> Result<[RawRecord], LibvirtError> {
        calls.rawStats(groups)
    }

    static func ask(
        _ calls: any HostCalls, _ groups: StatisticsGroups, of uuids: [String]
    ) -> Result<[RawRecord], LibvirtError> { calls.rawStats(groups, of: uuids) }

    mutating func take(_ groups: StatisticsGroups, from other: RawRecord) { stats.merge(other.stats) { $1 } }
}
