/// Groups of statistics that a bulk call can be asked for. Groups that need a round trip to the guest's monitor are
/// what a cycle costs, so only those that the active meters need are asked for.
public struct StatisticsGroups: OptionSet, Sendable, Hashable {
    /// A bit for each group.
    public let rawValue: UInt32

    /// The groups of those bits.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// `state.*` (VIR_DOMAIN_STATS_STATE); needs no monitor.
    public static let state = StatisticsGroups(rawValue: 1 << 0)
    /// `cpu.*` (VIR_DOMAIN_STATS_CPU_TOTAL).
    public static let cpu = StatisticsGroups(rawValue: 1 << 1)
    /// `balloon.*` (VIR_DOMAIN_STATS_BALLOON).
    public static let balloon = StatisticsGroups(rawValue: 1 << 2)
    /// `vcpu.*` (VIR_DOMAIN_STATS_VCPU).
    public static let vcpu = StatisticsGroups(rawValue: 1 << 3)
    /// `net.*` (VIR_DOMAIN_STATS_INTERFACE).
    public static let interface = StatisticsGroups(rawValue: 1 << 4)
    /// `block.*` (VIR_DOMAIN_STATS_BLOCK).
    public static let block = StatisticsGroups(rawValue: 1 << 5)
    /// `perf.*` (VIR_DOMAIN_STATS_PERF).
    public static let perf = StatisticsGroups(rawValue: 1 << 6)

    /// Not a group of the bulk call: virDomainGetBlockInfo of each disk whose image is new or has changed.
    public static let blockInfo = StatisticsGroups(rawValue: 1 << 7)

    /// Every group of the bulk call.
    public static let all: StatisticsGroups = [.state, .cpu, .balloon, .vcpu, .interface, .block, .perf]
}
