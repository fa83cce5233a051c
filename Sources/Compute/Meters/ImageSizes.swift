import Hypervisor
import Telemetry

/// The sizes of a disk by the rules of virDomainGetBlockInfo, which Ceilometer asks, from what the bulk call tells.
///
/// The two differ (libvirt 9.0, qemuDomainGetBlockInfo and qemuDomainGetStatsOneBlock). In the bulk call `allocation` is the
/// highest offset that this QEMU has written, 0 until then, and `physical` is the blocks in use, or the image's length if QEMU
/// knows of no blocks in use. virDomainGetBlockInfo:
/// - a file with a format: allocation is the blocks in use, physical the length of the file;
/// - any other image that was written: allocation is the offset, physical the blocks in use, or the length if both are equal;
/// - any other image that was not written: allocation is the blocks in use, physical the length.
///
/// Only the length of a file is missing in the bulk call, so it comes from an earlier answer of virDomainGetBlockInfo.
struct ImageSizes {
    let capacity: Measurement
    let allocation: Measurement
    let usage: Measurement

    init(_ block: DomainStats.Block, _ disk: DomainDescription.Disk, _ state: PowerState) {
        if let info = block.info {
            self.init(capacity: info.capacity, allocation: info.allocation, usage: info.physical)
        } else if state == .shutOff {
            // The same figures as virDomainGetBlockInfo's, but each that is 0 is left out (qemuDomainGetStatsOneBlockFallback).
            let zero: Int128? = block.capacity == nil ? nil : 0
            self.init(
                capacity: block.capacity, allocation: block.allocation ?? zero, usage: block.physical ?? zero)
        } else {
            let written = block.allocation
            self.init(
                capacity: block.capacity, allocation: Self.allocation(block, disk, written: written),
                usage: Self.usage(block, disk, written: written))
        }
    }

    private init(capacity: Int128?, allocation: Int128?, usage: Int128?) {
        if let capacity, capacity >= 0 {
            // A CD-ROM's image can be larger than it says (ceilometer.compute.virt.libvirt.inspector).
            self.capacity = .volume(.integer(max(capacity, usage ?? 0)))
        } else {
            self.capacity = .counter(capacity, else: .noStatistics("size of the disk"))
        }
        self.allocation = .counter(allocation, else: .noStatistics("statistics of the disk"))
        self.usage = .counter(usage, else: .noStatistics("statistics of the disk"))
    }

    private static func allocation(
        _ block: DomainStats.Block, _ disk: DomainDescription.Disk, written: Int128?
    ) -> Int128? {
        if disk.isFile(block), !disk.isRaw { return block.physical ?? written }
        guard written == 0 else { return written }
        // QEMU knows of no blocks in use where `physical` is the length: of a device always, of a file if it has a hole alone.
        if let earlier = block.earlierInfo {
            return earlier.allocation == 0 && block.physical == earlier.physical ? 0 : block.physical ?? 0
        }
        return disk.isDevice(block) ? 0 : block.physical ?? 0
    }

    private static func usage(
        _ block: DomainStats.Block, _ disk: DomainDescription.Disk, written: Int128?
    ) -> Int128? {
        // An earlier length alone is no figure of a guest that does not answer.
        guard block.capacity != nil || block.physical != nil || written != nil else { return nil }
        let length = block.earlierInfo?.physical
        guard disk.isFile(block) else {
            // Of a network disk whose blocks in use QEMU cannot tell, both calls know nothing.
            return block.physical ?? (block.capacity == nil ? nil : 0)
        }
        if disk.isRaw {
            return written == 0 || written == block.physical ? length ?? block.physical : block.physical
        }
        guard let known = length ?? block.physical else { return nil }
        // What was written since lengthens the file.
        return max(known, written ?? 0)
    }
}

extension DomainDescription.Disk {
    fileprivate func isFile(_ block: DomainStats.Block) -> Bool {
        storage == .file || storage == .volume && block.path.map { !$0.hasPrefix("/dev/") } ?? false
    }

    fileprivate func isDevice(_ block: DomainStats.Block) -> Bool {
        storage == .block || storage == .volume && block.path?.hasPrefix("/dev/") ?? false
    }
}
