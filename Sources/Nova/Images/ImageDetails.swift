import Telemetry

/// What samples say of an image (`ceilometer.nova_client`, `_with_image`).
struct ImageDetails: Sendable, Hashable {
    /// The name, or `null`.
    let name: MetadataValue
    /// The images of kernel and ramdisk, or `null`.
    let kernelID: MetadataValue
    let ramdiskID: MetadataValue
    /// `image_meta`: `base_image_ref`, and what Glance has by the names that openstacksdk gives it, all as text.
    let meta: [MetadataValue.Field]

    /// Reads an image of the Image API v2 that was asked for by this id.
    init(_ image: MetadataValue, id: String) {
        name = image["name"] ?? .null
        kernelID = image["kernel_id"] ?? .null
        ramdiskID = image["ramdisk_id"] ?? .null
        let known = ImageProperty.all.compactMap { property in
            property.value(in: image).map { MetadataValue.Field(property.name, .string($0.pythonString)) }
        }
        meta = [.init("base_image_ref", .string(id))] + known
    }
}
