import Hypervisor
import Telemetry

extension Metadata {
    /// An instance's `resource_metadata` but for its state (ceilometer.compute.pollsters.util,
    /// `_get_metadata_from_object`, on the data of the `libvirt_metadata` discovery).
    init(
        nova: NovaMetadata, flavorID: String, description: DomainDescription, architecture: String, domain: Domain,
        host: HostIdentity, rootDisk: Int64
    ) {
        let flavor = nova.flavor
        var fields: [MetadataValue.Field] = [
            .init("display_name", .text(nova.name)),
            .init("name", .string(domain.name)),
            .init("instance_id", .string(domain.uuid)),
            .init("instance_type", .string(flavor.name)),
            .init("host", .string(host.id(forProject: nova.projectID))),
            .init("instance_host", .string(host.host)),
            .init("flavor", flavor.metadata(id: flavorID)),
            .init("status", .null),
            .init("state", .null),
            .init("task_state", .string("")),
            .init("os_type", .text(description.osType)),
            .init("architecture", .string(architecture)),
            .init("image", nova.imageID.map { .object([.init("id", .string($0))]) } ?? .null),
            .init("image_ref", .text(nova.imageID)),
            .init("image_ref_url", .null),
            .init("vcpus", .integer(flavor.vcpus)),
            .init("memory_mb", .integer(flavor.memory)),
            .init("disk_gb", .integer(flavor.disk)),
            .init("ephemeral_gb", .integer(flavor.ephemeral)),
            .init("root_gb", .integer(rootDisk)),
        ]
        if let meta = nova.imageMeta { fields.append(.init("image_meta", .named(meta))) }
        self.init(fields)
    }
}

extension NovaMetadata.Flavor {
    fileprivate func metadata(id: String) -> MetadataValue {
        var fields: [MetadataValue.Field] = [
            .init("id", .string(id)),
            .init("name", .string(name)),
            .init("ram", .integer(memory)),
            .init("disk", .integer(disk)),
            .init("swap", .integer(swap)),
            .init("ephemeral", .integer(ephemeral)),
            .init("vcpus", .integer(vcpus)),
        ]
        if let extraSpecs { fields.append(.init("extra_specs", .named(extraSpecs))) }
        return .object(fields)
    }
}

extension MetadataValue {
    /// An object of texts; of two with one name the later counts.
    fileprivate static func named(_ pairs: [(name: String, value: String?)]) -> MetadataValue {
        .object(Metadata(pairs.map { Field($0.name, .text($0.value)) }).fields)
    }
}
