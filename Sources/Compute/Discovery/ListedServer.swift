import Nova
import Telemetry

extension InstanceIdentity {
    /// A server of Nova's list (Ceilometer's `naive` discovery): its metadata is Nova's (ceilometer.compute.pollsters.util,
    /// `_get_metadata_from_object`), its state the one that Nova last told.
    init(_ server: NovaServer, rules: SampleRules) {
        let sizes = server.flavorSizes
        let disks = sizes.map { FlavorDisks(disk: $0.disk, ephemeral: $0.ephemeral, rules.rootDiskSize) }
        func number(_ value: Int64?) -> MetadataValue { value.map(MetadataValue.integer) ?? .null }
        var fields: [MetadataValue.Field] = [
            .init("display_name", .text(server.name)),
            .init("name", server.instanceName),
            .init("instance_id", .string(server.id)),
            .init("instance_type", .text(server.flavorName)),
            .init("host", .string(server.hostID)),
            .init("instance_host", server.host),
            .init("flavor", server.flavor),
            .init("status", .string(server.status.lowercased())),
            .init("state", server.vmState),
            .init("task_state", server.taskState),
            .init("image", server.image),
            .init("image_ref", .text(server.imageID)),
            .init("image_ref_url", .text(server.imageURL)),
        ]
        if let meta = server.imageMeta { fields.append(.init("image_meta", .object(meta))) }
        fields += server.properties
        fields += [
            .init("vcpus", number(sizes?.vcpus)),
            .init("memory_mb", number(sizes?.ram)),
            .init("disk_gb", number(sizes?.disk)),
            .init("ephemeral_gb", number(sizes?.ephemeral)),
            .init("root_gb", number(disks?.root)),
        ]
        var metadata = Metadata(fields)
        if let user = rules.userMetadata.userMetadata(server.metadata, besides: metadata) {
            metadata["user_metadata"] = user
        }
        displayName = server.name
        userID = server.userID
        projectID = server.tenantID
        flavorDisks = disks
        needsState = false
        self.metadata = metadata
    }
}
