/// What a bulk statistics call says about one domain. A value that libvirt did not send is `nil`, and so is one of the
/// wrong type.
public struct DomainStats: Sendable, Hashable {
    /// `state.state` (virDomainState).
    public var state: Int128?
    /// `cpu.time`, in ns.
    public var cpuTime: Int128?
    /// `vcpu.current`: the number of online virtual CPUs.
    public var vcpuCurrent: Int128?
    /// `vcpu.maximum`.
    public var vcpuMaximum: Int128?
    /// `vcpu.<N>.*`, in the order in which libvirt sent them; numbers may have holes.
    public var vcpus: [VCPU] = []
    /// `balloon.*`.
    public var balloon = Balloon()
    /// `block.<N>.*`, in the order in which libvirt sent them.
    public var blocks: [Block] = []
    /// `net.<N>.*`, in the order in which libvirt sent them.
    public var interfaces: [Interface] = []
    /// `perf.*`.
    public var perf = Perf()

    /// A virtual CPU.
    public struct VCPU: Sendable, Hashable {
        /// N in `vcpu.<N>.time`.
        public var index: Int
        /// `time`, in ns.
        public var time: Int128?
        /// `wait`: time in the host's run queue, in ns.
        public var wait: Int128?
    }

    /// The balloon device's view of memory. Everything in KiB but where said.
    public struct Balloon: Sendable, Hashable {
        /// `current`: what the guest has now.
        public var current: Int128?
        /// `maximum`: what the guest may have.
        public var maximum: Int128?
        /// `swap_in`: read from swap since the guest started.
        public var swapIn: Int128?
        /// `swap_out`: written to swap since the guest started.
        public var swapOut: Int128?
        /// `unused`: the guest's MemFree.
        public var unused: Int128?
        /// `available`: the guest's MemTotal.
        public var available: Int128?
        /// `usable`: the guest's MemAvailable.
        public var usable: Int128?
        /// `last-update`: when the guest sent its figures, in seconds since 1970 by the host's clock; 0 is never.
        public var lastUpdate: Int128?
        /// `rss`: what the host's process has resident.
        public var resident: Int128?
    }

    /// A disk.
    public struct Block: Sendable, Hashable {
        /// N in `block.<N>.name`.
        public var index: Int
        /// `name`: the target device, such as `vda`.
        public var name: String?
        /// `rd.reqs`.
        public var readRequests: Int128?
        /// `rd.bytes`.
        public var readBytes: Int128?
        /// `rd.times`, in ns.
        public var readTime: Int128?
        /// `wr.reqs`.
        public var writeRequests: Int128?
        /// `wr.bytes`.
        public var writeBytes: Int128?
        /// `wr.times`, in ns.
        public var writeTime: Int128?
        /// `capacity`, in bytes.
        public var capacity: Int128?
        /// `allocation`, in bytes.
        public var allocation: Int128?
        /// `physical`, in bytes.
        public var physical: Int128?
        /// `path`: the file or device of the image; `nil` for network disks.
        public var path: String?
        /// virDomainGetBlockInfo's figures of the same moment, as recordings have them. They stand above all others.
        public var info: BlockInfo?
        /// virDomainGetBlockInfo's figures of this image from an earlier moment: for the length of its file, which no bulk
        /// call tells.
        public var earlierInfo: BlockInfo?
    }

    /// The answer of virDomainGetBlockInfo for a disk, in bytes. libvirt 9.0 derives it by other rules than the `block.*`
    /// parameters of the same names.
    public struct BlockInfo: Sendable, Hashable {
        /// `capacity`: the size that the guest sees.
        public var capacity: Int128
        /// `allocation`: the bytes in use, or the highest offset written.
        public var allocation: Int128
        /// `physical`: the size of the image's file or device.
        public var physical: Int128

        /// An answer of those figures.
        public init(capacity: Int128, allocation: Int128, physical: Int128) {
            self.capacity = capacity
            self.allocation = allocation
            self.physical = physical
        }
    }

    /// A network interface; directions as the guest sees them.
    public struct Interface: Sendable, Hashable {
        /// N in `net.<N>.name`.
        public var index: Int
        /// `name`: the target device, such as `tap0`.
        public var name: String?
        /// `rx.bytes`.
        public var receivedBytes: Int128?
        /// `rx.pkts`.
        public var receivedPackets: Int128?
        /// `rx.errs`.
        public var receiveErrors: Int128?
        /// `rx.drop`.
        public var receiveDrops: Int128?
        /// `tx.bytes`.
        public var sentBytes: Int128?
        /// `tx.pkts`.
        public var sentPackets: Int128?
        /// `tx.errs`.
        public var sendErrors: Int128?
        /// `tx.drop`.
        public var sendDrops: Int128?
    }

    /// Performance events.
    public struct Perf: Sendable, Hashable {
        /// `cpu_cycles`.
        public var cpuCycles: Int128?
        /// `instructions`.
        public var instructions: Int128?
        /// `cache_references`.
        public var cacheReferences: Int128?
        /// `cache_misses`.
        public var cacheMisses: Int128?
    }

    /// Statistics without any value.
    public init() {}

    /// Takes the figures of some groups from other statistics of the same domain.
    public mutating func take(_ groups: StatisticsGroups, from other: DomainStats) {
        if groups.contains(.state) { state = other.state }
        if groups.contains(.cpu) { cpuTime = other.cpuTime }
        if groups.contains(.balloon) { balloon = other.balloon }
        if groups.contains(.vcpu) {
            vcpuCurrent = other.vcpuCurrent
            vcpuMaximum = other.vcpuMaximum
            vcpus = other.vcpus
        }
        if groups.contains(.interface) { interfaces = other.interfaces }
        if groups.contains(.block) { blocks = other.blocks }
        if groups.contains(.perf) { perf = other.perf }
    }
}
