import Configuration
import Telemetry

/// `aggregator`: one sample in the place of several of a series: the latest of a cumulative meter, the mean of a gauge,
/// the sum of a delta. It lets them go on when it has taken `size` samples, of whatever series, or when the first is
/// older than `retention_time`; either at the end of a cycle.
struct Aggregator: Transformer {
    static let name = "aggregator"

    private var scaling: Scaling
    private let size: Int?
    private let retentionTime: Double?
    private let keepsLatestTime: Bool
    private let userID: Policy
    private let projectID: Policy
    private let metadata: Policy

    private var groups: [Key: Group] = [:]
    private var order: [Key] = []
    private var taken = 0
    /// The moment of the first sample.
    private var first: Duration?

    /// Which of the samples an attribute is taken from. Without one it tells series apart.
    private enum Policy: String, Sendable {
        case first
        case last
        case drop
        case distinguishes = ""
    }

    private struct Key: Hashable, Sendable {
        let meter: String
        let resource: String
        let projectID: String?
        let userID: String?
    }

    private struct Group: Sendable {
        var sample: Sample
        var volume: ExpressionNumber
        var count = 1
        var timestamp: Timestamp
        /// Where owner, project and metadata come from.
        var user: Resource
        var project: Resource
        var metadata: Resource
    }

    init(_ parameters: TransformerParameters, into diagnostics: inout Diagnostics) {
        parameters.refuse(
            besides: [
                "project_id", "resource_metadata", "retention_time", "size", "source", "target", "timestamp", "user_id",
            ], into: &diagnostics)
        scaling = Scaling(
            source: parameters.section("source", known: Scaling.sourceNames, into: &diagnostics),
            target: parameters.section("target", known: Scaling.targetNames, into: &diagnostics), into: &diagnostics)
        let retention = parameters.number("retention_time", into: &diagnostics)?.double
        if let retention, retention < 0 {
            diagnostics.error(
                at: parameters.value("retention_time")?.location,
                "retention_time of \(parameters.title) is \(retention); expected seconds, at least 0")
        }
        retentionTime = retention == 0 ? nil : retention
        // 0, or nothing behind the name, is no bound; not to write it is 1.
        let size = parameters.count("size", in: 0...Accumulator.largest, into: &diagnostics)
        let isWritten = parameters.isWritten("size")
        self.size = size == 0 || isWritten && size == nil ? (retentionTime == nil ? 1 : nil) : size ?? 1
        func policy(_ name: String, _ allowed: [Policy], absent: Policy) -> Policy {
            guard let text = parameters.text(name, into: &diagnostics) else { return absent }
            if let policy = Policy(rawValue: text), allowed.contains(policy) { return policy }
            diagnostics.error(
                at: parameters.value(name)?.location,
                "\(name) of \(parameters.title) is \(text.redactedExcerpt); expected one of "
                    + allowed.map(\.rawValue).joined(separator: ", "))
            return .last
        }
        projectID = policy("project_id", [.first, .last], absent: .distinguishes)
        userID = policy("user_id", [.first, .last], absent: .distinguishes)
        metadata = policy("resource_metadata", [.first, .last, .drop], absent: .last)
        keepsLatestTime = policy("timestamp", [.first, .last], absent: .first) == .last
    }

    mutating func handle(_ sample: Sample, _ context: inout TransformerContext) -> Sample? {
        if first == nil { first = context.moment }
        taken += 1
        let key = Key(
            meter: sample.meter.name, resource: sample.resource.id,
            projectID: projectID == .distinguishes ? sample.resource.projectID : nil,
            userID: userID == .distinguishes ? sample.resource.userID : nil)
        do {
            let volume = try scaling.scaled(sample)
            if let group = groups[key] {
                groups[key] = try merged(group, sample, volume)
            } else if let converted = scaling.sample(volume, for: sample, &context) {
                guard groups.count < Int(Accumulator.largest) else {
                    context.dropped(sample, "more than \(Accumulator.largest) meters of resources are kept already")
                    return nil
                }
                groups[key] = Group(
                    sample: converted, volume: converted.volume.number, timestamp: sample.timestamp,
                    user: sample.resource, project: sample.resource, metadata: sample.resource)
                order.append(key)
            }
        } catch {
            context.dropped(sample, "\(error)")
        }
        return nil
    }

    private func merged(
        _ group: Group, _ sample: Sample, _ volume: ExpressionNumber
    ) throws(ExpressionError) -> Group {
        var group = group
        group.count += 1
        if keepsLatestTime { group.timestamp = sample.timestamp }
        if sample.meter.type == .cumulative {
            group.volume = volume
        } else {
            do {
                group.volume = try ExpressionOperator.plus(group.volume, volume)
            } catch {
                throw ExpressionError(at: 1, error.message)
            }
        }
        if userID == .last { group.user = sample.resource }
        if projectID == .last { group.project = sample.resource }
        if metadata == .last { group.metadata = sample.resource }
        return group
    }

    mutating func flush(_ context: inout TransformerContext) -> [Sample] {
        guard let first else { return [] }
        let age = (context.moment - first) / .seconds(1)
        guard size.map({ taken >= $0 }) ?? false || retentionTime.map({ age > $0 }) ?? false else { return [] }
        var results: [Sample] = []
        for key in order {
            guard let group = groups[key] else { continue }
            let meter = group.sample.meter
            // The mean of a gauge always has a fraction.
            let volume = meter.type == .gauge ? .real(group.volume.double / Double(group.count)) : group.volume
            guard let volume = volume.value.volume else {
                context.dropped(group.sample, "the result is no finite number")
                continue
            }
            results.append(
                Sample(
                    id: group.sample.id, meter: meter, resource: resource(of: group), volume: volume,
                    timestamp: group.timestamp, monotonicTime: group.sample.monotonicTime))
        }
        groups = [:]
        order = []
        taken = 0
        self.first = nil
        return results
    }

    /// The resource of the result: one of the samples', if all comes from the same.
    private func resource(of group: Group) -> Resource {
        if metadata != .drop, group.user === group.metadata, group.project === group.metadata { return group.metadata }
        return Resource(
            id: group.metadata.id, userID: group.user.userID, projectID: group.project.projectID,
            userName: group.user.userName, projectName: group.project.projectName, source: group.metadata.source,
            metadata: metadata == .drop ? Metadata() : group.metadata.metadata)
    }

    func meters(from meters: [Meter]) -> [Meter] { meters.map(scaling.converted) }
}
