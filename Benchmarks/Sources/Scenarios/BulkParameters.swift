import Hypervisor
import Telemetry

/// What libvirt's bulk call says of one domain: parameters in its order, with names as bytes.
struct BulkParameters: Sendable {
    private let parameters: [(name: [UInt8], value: StatisticValue)]

    /// Those of an ordinary instance that runs.
    init(instance: Int, cycle: Int) {
        let now = Host.time(of: cycle).microseconds / 1_000_000
        let grown = instance * 7919 + cycle * 104_729
        let busy = 3_600_000_000_000 + grown * 60_000_003
        var parameters: [(String, StatisticValue)] = []
        func add(_ name: String, _ value: Int) { parameters.append((name, .integer(Int128(value)))) }
        add("state.state", 1)
        add("state.reason", 1)
        add("cpu.time", 2 * busy)
        add("cpu.user", busy)
        add("cpu.system", busy / 2)
        add("balloon.current", 2_097_152)
        add("balloon.maximum", 2_097_152)
        add("balloon.swap_in", grown % 4096)
        add("balloon.swap_out", grown % 8192)
        add("balloon.major_fault", 412 + grown)
        add("balloon.minor_fault", 90_000 + grown)
        add("balloon.unused", 1_257_152 - grown % 1_000_000)
        add("balloon.available", 2_027_152)
        add("balloon.usable", 1_407_152 - grown % 1_000_000)
        add("balloon.last-update", Int(now) - instance % 10)
        add("balloon.disk_caches", 148_000)
        add("balloon.hugetlb_pgalloc", 0)
        add("balloon.hugetlb_pgfail", 0)
        add("balloon.rss", 1_310_720 + grown % 100_000)
        add("vcpu.current", 2)
        add("vcpu.maximum", 2)
        for vcpu in 0..<2 {
            add("vcpu.\(vcpu).state", 1)
            add("vcpu.\(vcpu).time", busy)
            add("vcpu.\(vcpu).wait", grown * 1000)
            add("vcpu.\(vcpu).delay", grown * 1000)
        }
        add("net.count", 1)
        parameters.append(("net.0.name", .string(Host.tap(instance))))
        for (index, name) in ["rx.bytes", "rx.pkts", "rx.errs", "rx.drop", "tx.bytes", "tx.pkts", "tx.errs", "tx.drop"]
            .enumerated()
        {
            add("net.0.\(name)", name.hasSuffix("errs") ? 0 : grown * (1500 - 180 * index))
        }
        add("block.count", 1)
        parameters.append(("block.0.name", .string("vda")))
        parameters.append(("block.0.path", .string("/var/lib/nova/instances/\(instance)/disk")))
        add("block.0.backingIndex", 1)
        for name in ["rd.reqs", "rd.bytes", "rd.times", "wr.reqs", "wr.bytes", "wr.times", "fl.reqs", "fl.times"] {
            add("block.0.\(name)", grown * (name.hasSuffix("reqs") ? 1 : 4096))
        }
        add("block.0.allocation", 1_073_741_824)
        add("block.0.capacity", 21_474_836_480)
        add("block.0.physical", 1_073_745_920)
        self.parameters = parameters.map { (Array($0.utf8), $1) }
    }

    /// The same, taken in as the agent takes them in.
    var stats: DomainStats {
        var stats = DomainStats()
        for (name, value) in parameters { name.withUnsafeBufferPointer { stats.set($0, value) } }
        return stats
    }
}
