import Configuration
import Telemetry

/// What an expression can name of a sample (the attributes of `ceilometer.sample.Sample`).
enum SampleAttribute: String, CaseIterable, Sendable {
    case name
    case type
    case unit
    case volume
    case userID = "user_id"
    case userName = "user_name"
    case projectID = "project_id"
    case projectName = "project_name"
    case resourceID = "resource_id"
    case timestamp
    case resourceMetadata = "resource_metadata"
    case source
    case id
    case monotonicTime = "monotonic_time"

    /// Throws if a name begins with none of these.
    static func check(_ name: ExpressionName) throws(ExpressionError) {
        guard Self(rawValue: name.attribute) == nil else { return }
        let known = allCases.map(\.rawValue)
        throw ExpressionError(
            at: name.position,
            "a sample has no \(name.attribute.excerpt); expected \(known.joined(separator: ", "))"
                + NearMiss.hint(for: name.attribute, among: known))
    }

    /// The sample's own.
    func value(of sample: Sample) -> ExpressionValue {
        switch self {
        case .name: .text(sample.meter.name)
        case .type: .text(sample.meter.type.rawValue)
        case .unit: .text(sample.meter.unit)
        case .volume: ExpressionValue(sample.volume)
        case .userID: ExpressionValue(.text(sample.resource.userID))
        case .userName: ExpressionValue(.text(sample.resource.userName))
        case .projectID: ExpressionValue(.text(sample.resource.projectID))
        case .projectName: ExpressionValue(.text(sample.resource.projectName))
        case .resourceID: .text(sample.resource.id)
        case .timestamp: .text(sample.timestamp.description)
        case .resourceMetadata: .record(sample.resource.metadata)
        case .source: .text(sample.resource.source)
        case .id: .text(sample.id.description)
        case .monotonicTime: sample.monotonicTime.map { .real($0 / .seconds(1)) } ?? .null
        }
    }
}
