import Telemetry

/// Writes values as Python's `repr` does, which is what Ceilometer's file publisher writes without `?json`.
struct PythonWriter {
    private(set) var text = ""

    /// The dictionary of `ceilometer.sample.Sample.as_dict()`.
    mutating func sample(_ sample: Sample) {
        value(
            .object([
                .init("name", .string(sample.meter.name)), .init("type", .string(sample.meter.type.rawValue)),
                .init("unit", .string(sample.meter.unit)),
            ]))
        text.removeLast()
        text += ", 'volume': \(sample.volume), "
        let resource = sample.resource
        var rest = PythonWriter()
        rest.value(
            .object([
                .init("user_id", .text(resource.userID)), .init("user_name", .text(resource.userName)),
                .init("project_id", .text(resource.projectID)), .init("project_name", .text(resource.projectName)),
                .init("resource_id", .string(resource.id)), .init("timestamp", .string(sample.timestamp.description)),
                .init("resource_metadata", .object(resource.metadata.fields)),
                .init("source", .string(resource.source)), .init("id", .string(sample.id.description)),
                .init("monotonic_time", .null),
            ]))
        text += rest.text.dropFirst()
    }

    mutating func value(_ value: MetadataValue) {
        text += value.pythonRepresentation
    }
}
