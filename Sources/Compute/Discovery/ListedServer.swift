import Nova
import Telemetry

extension InstanceIdentity {
    /// A server of Nova's list (Ceilometer's `naive` discovery): its metadata is Nova's (ceilometer.compute.pollsters.util,
    /// `_get_metadata_from_object`), its state the one that Nova last told.
    init(_ server: NovaServer, rules: SampleRules) {
        let sizes = server.flavorSizes
        let disks = Instance.FlavorDisks(disk: sizes.disk, ephemeral: sizes.ephemeral)
        var fields: [MetadataValue.Field] = [
            .init("display_name", .string(server.name)),
            .init("name", server.instanceName),
            .init("instance_id", .string(server.id)),
            .init("instance_type", .string(server.flavorName)),
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
            .init("vcpus", .integer(sizes.vcpus)),
            .init("memory_mb", .integer(sizes.ram)),
            .init("disk_gb", .integer(sizes.disk)),
            .init("ephemeral_gb", .integer(sizes.ephemeral)),
            .init("root_gb", .integer(disks.root)),
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
