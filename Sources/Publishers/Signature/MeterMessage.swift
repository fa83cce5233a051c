import Telemetry

/// A sample under the names that Ceilometer's metering messages have for its parts
/// (`ceilometer.publisher.utils.meter_message_from_counter`).
struct MeterMessage {
    /// `counter_volume`.
    let volume: Volume
    /// All other parts, in any order.
    let fields: [MetadataValue.Field]

    /// What is signed: all parts but a signature, in the order of their names.
    var signedText: SignedText {
        var text = SignedText()
        let volume = MetadataValue.Field("counter_volume", .null)
        for field in (fields + [volume]).inOrder where field.name != "message_signature" {
            if field.name == volume.name {
                text.add(field.name, self.volume.description)
            } else {
                text.add(field.name, field.value)
            }
        }
        return text
    }
}

extension MeterMessage {
    init(_ sample: Sample) {
        let resource = sample.resource
        volume = sample.volume
        fields = [
            .init("source", .string(resource.source)), .init("counter_name", .string(sample.meter.name)),
            .init("counter_type", .string(sample.meter.type.rawValue)),
            .init("counter_unit", .string(sample.meter.unit)), .init("user_id", .text(resource.userID)),
            .init("user_name", .text(resource.userName)), .init("project_id", .text(resource.projectID)),
            .init("project_name", .text(resource.projectName)), .init("resource_id", .string(resource.id)),
            .init("timestamp", .string(sample.timestamp.description)),
            .init("resource_metadata", .object(resource.metadata.fields)),
            .init("message_id", .string(sample.id.description)), .init("monotonic_time", .null),
        ]
    }
}
