/// `[DEFAULT] hypervisor_inspector`.
public enum HypervisorInspector: String, CaseIterable, Sendable {
    /// The only one that Ceilometer 27 has.
    case libvirt
}

/// `[DEFAULT] libvirt_type`: which hypervisor libvirt drives.
public enum LibvirtType: String, CaseIterable, Sendable {
    case kvm, lxc, qemu, parallels

    /// The connection that Ceilometer opens for it (`ceilometer.compute.virt.libvirt.utils`).
    public var uri: String {
        switch self {
        case .kvm, .qemu: "qemu:///system"
        case .lxc: "lxc:///"
        case .parallels: "parallels:///system"
        }
    }
}

/// `[compute] instance_discovery_method` (`ceilometer.compute.discovery`).
public enum InstanceDiscoveryMethod: String, CaseIterable, Sendable {
    /// From the metadata that Nova left in libvirt.
    case libvirtMetadata = "libvirt_metadata"
    /// From Nova's list of the host's servers.
    case naive
    /// The same, shared between agents.
    case workloadPartitioning = "workload_partitioning"
}

/// `[compute] stale_memory_stats`: what becomes of a guest's memory figures that its balloon driver no longer renews.
public enum StaleMemoryStats: String, CaseIterable, Sendable {
    /// They are not published.
    case withhold
    /// They are published as if they were current, as Ceilometer does.
    case publish
}

/// `[compute] root_disk_size`: what `disk.root.size` and `root_gb` are.
public enum RootDiskSizeChoice: String, CaseIterable, Sendable {
    /// The flavor's disk less its ephemeral one, as Ceilometer computes it.
    case ceilometer
    /// The flavor's disk, which is the root disk alone.
    case flavor
}

/// `[aerostat] log_level`: the least severe messages that are logged, by swift-log's names, most talkative first.
public enum LogLevel: String, CaseIterable, Sendable {
    case trace, debug, info, notice, warning, error, critical
}
