import Telemetry

/// How Gnocchi keeps a metric's points: the object that its API takes (`POST /v1/archive_policy`).
struct ArchivePolicy: Sendable, Hashable {
    /// Its name.
    let name: String
    /// The object, as JSON.
    let json: [UInt8]

    init(name: String, fields: [MetadataValue.Field]) {
        self.name = name
        var writer = JSONWriter()
        writer.value(.object(fields))
        json = writer.bytes
    }
}
