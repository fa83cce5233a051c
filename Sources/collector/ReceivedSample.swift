import FoundationEssentials
import Telemetry

/// What the table needs of a sample in the form in which Ceilometer's http publisher posts it
/// (ceilometer.publisher.http, `sample.as_dict()`). Further keys are ignored.
struct ReceivedSample: Hashable {
    /// The meter's name.
    let meter: String
    /// The measured number.
    let volume: Double
    /// The instance's UUID: `resource_metadata.instance_id`, else the resource itself.
    let instance: String
    /// Nova's name of the instance.
    let displayName: String?
    /// The project's name, or its id if the name is not sent.
    let project: String?
    /// When the sample was taken.
    let timestamp: Timestamp
}

extension ReceivedSample: Decodable {
    private enum Key: String, CodingKey {
        case name, volume, timestamp
        case resourceID = "resource_id"
        case projectID = "project_id"
        case projectName = "project_name"
        case metadata = "resource_metadata"
    }

    private struct InstanceMetadata: Decodable {
        let display_name: String?
        let instance_id: String?
    }

    init(from decoder: any Decoder) throws {
        let sample = try decoder.container(keyedBy: Key.self)
        let metadata = try sample.decodeIfPresent(InstanceMetadata.self, forKey: .metadata)
        let time = try sample.decode(String.self, forKey: .timestamp)
        guard let timestamp = Timestamp(time) else {
            throw DecodingError.dataCorruptedError(
                forKey: .timestamp, in: sample,
                debugDescription: "\"\(time)\" is no time; expected one like 2026-11-22T18:00:00.123456")
        }
        meter = try sample.decode(String.self, forKey: .name)
        volume = try sample.decode(Double.self, forKey: .volume)
        let resource = try sample.decode(String.self, forKey: .resourceID)
        instance = metadata?.instance_id ?? resource
        displayName = metadata?.display_name
        project =
            try sample.decodeIfPresent(String.self, forKey: .projectName)
            ?? sample.decodeIfPresent(String.self, forKey: .projectID)
        self.timestamp = timestamp
    }
}
