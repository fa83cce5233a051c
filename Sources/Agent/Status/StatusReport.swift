import Compute
import Outbox
import Telemetry

/// What the agent tells of itself at `status_listen`: the last cycle, why meters are missing, and the queues.
struct StatusReport: Sendable {
    var version: String
    var host: String
    var startedAt: Timestamp
    /// Where the configuration comes from; `nil` if nobody has told.
    var configuration: ConfigurationReport?
    /// Cycles that were polled, lost and missed since the start.
    var cycles = Cycles()
    /// The last cycle that was polled.
    var lastCycle: LastCycle?
    /// Domains that yield no instance, as of the last cycle.
    var unpolled: [DomainNews] = []
    /// Conditions that hold, by name. Empty if all is well.
    var problems: [String: String] = [:]
    /// What Nova, Keystone and Glance do not answer, by topic: no fault of the agent's.
    var cloud: [String: String] = [:]

    struct Cycles: Sendable {
        var polled = 0
        var failed = 0
        var missed = 0
    }

    struct LastCycle: Sendable {
        var at: Timestamp
        /// In seconds.
        var duration: Double
        var domains: Int
        var samples: Int
        var libvirtCalls: Int
        /// Calls that have not returned, as a guest or libvirtd hangs.
        var libvirtCallsLeftBehind = 0
    }

    /// The report with the queues' counters as JSON, but for the instances, which `StatusSnapshot` adds.
    func json(queues: [MetadataValue]) -> [UInt8] {
        var writer = JSONWriter(capacity: 4096)
        writer.value(
            .object([
                .init("version", .string(version)),
                .init("host", .string(host)),
                .init("started_at", .string("\(startedAt)Z")),
                .init("configuration", configuration.map(\.json) ?? .null),
                .init("healthy", .bool(problems.isEmpty)),
                .init("problems", .named(problems)),
                .init("cloud", .named(cloud)),
                .init(
                    "cycles",
                    .object([
                        .init("polled", .integer(Int64(cycles.polled))),
                        .init("failed", .integer(Int64(cycles.failed))),
                        .init("missed", .integer(Int64(cycles.missed))),
                    ])),
                .init(
                    "libvirt",
                    .object([
                        .init("calls_left_behind", .integer(Int64(lastCycle?.libvirtCallsLeftBehind ?? 0)))
                    ])),
                .init("last_cycle", lastCycle.map(\.json) ?? .null),
                .init("queues", .array(queues)),
                .init("unpolled", .array(unpolled.map(\.json))),
            ]))
        return writer.bytes
    }
}

extension MetadataValue {
    /// An object of texts, sorted by name.
    fileprivate static func named(_ texts: [String: String]) -> MetadataValue {
        .object(texts.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })
    }
}

extension StatusReport.LastCycle {
    fileprivate var json: MetadataValue {
        .object([
            .init("at", .string("\(at)Z")),
            .init("duration_seconds", .real(duration)),
            .init("domains", .integer(Int64(domains))),
            .init("samples", .integer(Int64(samples))),
            .init("libvirt_calls", .integer(Int64(libvirtCalls))),
        ])
    }
}

extension DomainNews {
    fileprivate var json: MetadataValue {
        .object([
            .init("uuid", .string(uuid)),
            .init("libvirt_name", .string(name)),
            .init("reason", .string("\(problem)")),
        ])
    }
}

/// The names of the conditions that the agent has.
enum StatusCondition {
    static let hypervisor = "libvirt"
    static let behind = "schedule"
    static let polling = "polling"
    static let reload = "reload"
}
