import Telemetry

/// A resource type as Gnocchi's API takes it (`POST /v1/resource_type`).
struct ResourceType: Sendable, Hashable {
    /// Its name.
    let name: String
    /// Its attributes, by their names.
    let attributes: [MetadataValue.Field]

    /// The object that makes it.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.value(.object([.init("name", .string(name)), .init("attributes", .object(attributes))]))
        return writer.bytes
    }

    /// The types of compute resources with the attributes that they have after `ceilometer-upgrade` of Ceilometer 27
    /// (`ceilometer.gnocchi_client`: the initial types and all later changes).
    static let ofCompute: [ResourceType] = [
        ResourceType(
            name: "instance",
            attributes: [
                text("flavor_id", required: true), text("image_ref"), text("host"),
                text("display_name", required: true), text("server_group"), text("flavor_name", required: true),
                time("launched_at"), time("created_at"), time("deleted_at"), text("availability_zone"),
            ]),
        ResourceType(name: "instance_disk", attributes: ofInstance),
        ResourceType(name: "instance_network_interface", attributes: ofInstance),
    ]

    private static let ofInstance: [MetadataValue.Field] = [
        text("name", required: true),
        .init("instance_id", .object([.init("type", .string("uuid")), .init("required", .bool(true))])),
    ]

    private static func text(_ name: String, required: Bool = false) -> MetadataValue.Field {
        .init(
            name,
            .object([
                .init("type", .string("string")), .init("min_length", .integer(0)), .init("max_length", .integer(255)),
                .init("required", .bool(required)),
            ]))
    }

    private static func time(_ name: String) -> MetadataValue.Field {
        .init(name, .object([.init("type", .string("datetime")), .init("required", .bool(false))]))
    }
}
