import Hypervisor
import Telemetry

extension InstanceIdentity {
    /// The name under which the flavor of a domain without one stands in its samples.
    private static let flavorName = "unmanaged"

    /// A domain that is none of Nova's: its name and sizes are the domain's own, its owner is the configuration's.
    init(unmanaged described: DescribedDomain, sizes: DiskSizes?, owner: UnmanagedOwner, host: HostIdentity) {
        let description = described.description
        let memory = description.memory ?? 0
        let vcpus = description.vcpus ?? 0
        let root = sizes?.root ?? 0
        let ephemeral = sizes?.others ?? 0
        displayName = description.title ?? described.domain.name
        userID = owner.userID
        projectID = owner.projectID
        flavorDisks = nil
        needsState = true
        isUnmanaged = true
        metadata = Metadata([
            .init("display_name", .text(displayName)),
            .init("name", .string(described.domain.name)),
            .init("instance_id", .string(described.domain.uuid)),
            .init("instance_type", .string(Self.flavorName)),
            .init("host", .string(host.id(forProject: owner.projectID ?? ""))),
            .init("instance_host", .string(host.host)),
            .init(
                "flavor",
                .object([
                    .init("id", .string(Self.flavorName)), .init("name", .string(Self.flavorName)),
                    .init("ram", .integer(memory)), .init("disk", .integer(root + ephemeral)),
                    .init("swap", .integer(0)), .init("ephemeral", .integer(ephemeral)),
                    .init("vcpus", .integer(vcpus)),
                ])),
            .init("status", .null),
            .init("state", .null),
            .init("task_state", .string("")),
            .init("os_type", .text(description.osType)),
            .init("architecture", .text(description.architecture)),
            .init("image", .null),
            .init("image_ref", .null),
            .init("image_ref_url", .null),
            .init("vcpus", .integer(vcpus)),
            .init("memory_mb", .integer(memory)),
            .init("disk_gb", .integer(root + ephemeral)),
            .init("ephemeral_gb", .integer(ephemeral)),
            .init("root_gb", .integer(root)),
        ])
    }
}

extension Instance {
    /// `disk.root.size`: the flavor's, or the size of the first disk that is no CD-ROM or floppy.
    func rootSize(in stats: DomainStats) -> Measurement {
        if let flavorDisks { return .volume(.integer(Int128(flavorDisks.root))) }
        return size(of: disks.lasting.prefix(1), in: stats)
    }

    /// `disk.ephemeral.size`: the flavor's, or the size of all such disks but the first.
    func ephemeralSize(in stats: DomainStats) -> Measurement {
        if let flavorDisks { return .volume(.integer(Int128(flavorDisks.ephemeral))) }
        return size(of: disks.lasting.dropFirst(), in: stats)
    }

    /// In GiB, with the fraction.
    private func size(of disks: ArraySlice<DomainDescription.Disk>, in stats: DomainStats) -> Measurement {
        var bytes: Int128 = 0
        for disk in disks {
            guard let capacity = stats.capacity(of: disk) else { return .missing(.noFlavor) }
            bytes += capacity
        }
        return .volume(bytes % (1 << 30) == 0 ? .integer(bytes >> 30) : .real(Double(bytes) / 0x1p30))
    }
}
