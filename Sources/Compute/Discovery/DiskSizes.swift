import Hypervisor

/// The sizes of a domain's disks, in whole GiB, rounded up: what a flavor that fits them would say. CD-ROMs and
/// floppies do not count.
struct DiskSizes: Sendable, Hashable {
    /// The first disk.
    var root: Int64
    /// All others.
    var others: Int64

    /// `nil` if libvirt sent the sizes of none.
    init?(_ disks: [DomainDescription.Disk], _ stats: DomainStats) {
        let sizes = disks.lasting.map { stats.capacity(of: $0).map { Int64(clamping: ($0 + (1 << 30) - 1) >> 30) } }
        guard sizes.contains(where: { $0 != nil }) else { return nil }
        root = (sizes.first ?? nil) ?? 0
        others = sizes.dropFirst().reduce(0) { $0.addingReportingOverflow($1 ?? 0).partialValue }
    }
}

extension [DomainDescription.Disk] {
    /// The disks that belong to the guest, without CD-ROMs and floppies.
    var lasting: [DomainDescription.Disk] { filter { !$0.isRemovable } }
}

extension DomainStats {
    /// A disk's size in bytes, if libvirt sent it.
    func capacity(of disk: DomainDescription.Disk) -> Int128? {
        guard let block = blocks.first(where: { $0.name == disk.device }) else { return nil }
        return (block.capacity ?? block.info?.capacity).flatMap { $0 < 0 ? nil : $0 }
    }
}
