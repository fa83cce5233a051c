/// What the size of a root disk is: `[compute] root_disk_size`.
public enum RootDiskSize: String, Sendable, CaseIterable {
    /// The flavor's disk less its ephemeral one, as Ceilometer computes it, though Nova's `disk` is the root disk alone.
    case ceilometer
    /// The flavor's disk: `root_gb` of Nova's.
    case flavor
}

/// The sizes of a flavor's disks, in GiB.
struct FlavorDisks: Sendable, Hashable {
    /// The root disk; with `RootDiskSize.ceilometer` it may be negative.
    var root: Int64
    var ephemeral: Int64

    init(disk: Int64, ephemeral: Int64, _ rule: RootDiskSize) {
        root =
            switch rule {
            case .ceilometer: disk.subtractingReportingOverflow(ephemeral).partialValue
            case .flavor: disk
            }
        self.ephemeral = ephemeral
    }
}
