/// The sizes of a flavor's disks, in GiB.
struct FlavorDisks: Sendable, Hashable {
    /// The root disk, without the ephemeral one; may be negative, as in Ceilometer.
    var root: Int64
    var ephemeral: Int64

    init(disk: Int64, ephemeral: Int64) {
        root = disk.subtractingReportingOverflow(ephemeral).partialValue
        self.ephemeral = ephemeral
    }
}
