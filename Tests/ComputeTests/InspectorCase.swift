import Foundation
import Golden
import Hypervisor
import Telemetry
import Testing

/// One recorded case of Ceilometer's inspector: what libvirt answered for a domain, and the values read in it.
struct InspectorCase: Sendable, CustomTestStringConvertible {
    let name: String
    let kind: String
    let domain: Domain
    /// The statistics of each cycle, as the bulk call has them.
    let cycles: [DomainStats]
    /// In each cycle: meter, and device if it has one → volume.
    let expected: [[String: Double]]
    /// The NICs of the last cycle as JSON: name, MAC address, filter and parameters.
    let interfaces: [String]

    var testDescription: String { "\(kind): \(name)" }

    /// Whether `report_stopped_instance_metrics` was set.
    let reportsStopped: Bool

    /// The cases.
    static func all() throws -> [InspectorCase] {
        let text = try Data(contentsOf: GoldenRun.url("inspector-cases.json"))
        let cases = try #require(try JSONSerialization.jsonObject(with: text) as? [[String: Any]])
        return try cases.map(InspectorCase.init)
    }

    private init(_ recorded: [String: Any]) throws {
        name = try #require(recorded["case"] as? String)
        kind = try #require(recorded["kind"] as? String)
        let input = try #require(recorded["input"] as? [String: Any])
        // One for each cycle, or the only one.
        let outputs = recorded["output"] as? [[String: Any]] ?? [recorded["output"] as? [String: Any] ?? [:]]
        let xml = input["xml"] as? String ?? "<domain><devices></devices></domain>"
        domain = Domain(
            uuid: DomainXML.uuid, name: "instance-00000001", id: 1,
            xml: xml.replacing(
                "<domain>",
                with: "<domain type='kvm'><metadata>\(DomainXML.nova)</metadata><os><type arch='x86_64'>hvm</type></os>"
            ))
        let options = recorded["options"] as? [String: Any] ?? [:]
        reportsStopped = options["report_stopped_instance_metrics"] as? Bool ?? false
        cycles = outputs.indices.map { Self.stats(input, cycle: $0) }
        expected = outputs.map { Self.volumes($0["result"]) }
        let nics = (outputs.last?["result"] as? [[String: Any]] ?? []).filter { $0["mac"] != nil }
        interfaces = try nics.map { nic in
            try Self.json(nic.filter { Self.interfaceFields.contains($0.key) })
        }
    }

    /// What samples say of a NIC.
    static let interfaceFields = ["name", "mac", "fref", "parameters"]

    /// An object as text, with its keys sorted.
    static func json(_ object: Any) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: object, options: .sortedKeys), as: UTF8.self)
    }
}

// MARK: - libvirt's answers as the bulk call gives them

extension InspectorCase {
    private static let memory = [
        "actual": "current", "available": "available", "unused": "unused", "usable": "usable", "rss": "rss",
        "swap_in": "swap_in", "swap_out": "swap_out", "last_update": "last-update", "disk_caches": "disk_caches",
        "hugetlb_pgalloc": "hugetlb_pgalloc", "major_fault": "major_fault", "minor_fault": "minor_fault",
    ]
    private static let blockStats = ["rd.reqs", "rd.bytes", "wr.reqs", "wr.bytes", "errors"]
    private static let interfaceStats = [
        "rx.bytes", "rx.pkts", "rx.errs", "rx.drop", "tx.bytes", "tx.pkts", "tx.errs", "tx.drop",
    ]

    private static func stats(_ input: [String: Any], cycle: Int) -> DomainStats {
        var stats = DomainStats()
        func set(_ name: String, _ value: Any?) {
            if let number = value as? NSNumber { stats.set(name, .integer(Int128(number.int64Value))) }
        }
        set("state.state", input["state"] ?? 1)
        // A domain that does not run was asked by virDomainGetInfo, which answered 3 processors and 4096 KiB at most.
        if input["state"] as? Int == 5, input["memoryStats"] != nil {
            set("vcpu.current", 3)
            set("balloon.maximum", 4096)
            return stats
        }
        let bulk: [String: Any] = ["vcpu.current": 1, "vcpu.maximum": 1, "vcpu.0.time": 10, "vcpu.0.wait": 1]
        for (name, value) in (input["domainStats"] as? [String: Any] ?? bulk).sorted(by: { $0.key < $1.key }) {
            set(name, value)
        }
        for (name, value) in input["memoryStats"] as? [String: Any] ?? [:] {
            if let name = memory[name] { set("balloon.\(name)", value) }
        }
        for (index, device) in ["vda", "vdb", "sda", "fda"].enumerated() {
            func answer(_ call: String) -> Any? { (input[call] as? [String: Any])?[device] }
            stats.set("block.\(index).name", .string(device))
            if let figures = answer("blockStats") as? [Any] {
                for (name, value) in zip(blockStats, figures) { set("block.\(index).\(name)", value) }
                let times = answer("blockStatsFlags") as? [String: Any] ?? [:]
                set("block.\(index).rd.times", times["rd_total_times"])
                set("block.\(index).wr.times", times["wr_total_times"])
            }
            let sizes = (answer("blockInfo") as? [Any] ?? []).compactMap {
                ($0 as? NSNumber).map { Int128($0.int64Value) }
            }
            if sizes.count >= 3, let place = stats.blocks.firstIndex(where: { $0.index == index }) {
                stats.blocks[place].info = .init(capacity: sizes[0], allocation: sizes[1], physical: sizes[2])
            }
        }
        for (index, nic) in (input["interfaceStats"] as? [String: Any] ?? [:]).sorted(by: { $0.key < $1.key })
            .enumerated()
        {
            stats.set("net.\(index).name", .string(nic.key))
            let figures = ((nic.value as? [String: Any])?["cycles"] as? [[Any]])?[cycle] ?? nic.value as? [Any] ?? []
            for (name, value) in zip(interfaceStats, figures) { set("net.\(index).\(name)", value) }
        }
        return stats
    }
}

// MARK: - the inspector's values as meters

extension InspectorCase {
    private static let meters = [
        "power_state": "power.state", "cpu_number": "vcpus", "cpu_time": "cpu", "memory_actual": "memory",
        "memory_available": "memory.available", "memory_usage": "memory.usage", "memory_resident": "memory.resident",
        "memory_swap_in": "memory.swap.in", "memory_swap_out": "memory.swap.out", "cpu_cycles": "perf.cpu.cycles",
        "instructions": "perf.instructions", "cache_references": "perf.cache.references",
        "cache_misses": "perf.cache.misses", "read_bytes": "disk.device.read.bytes",
        "read_requests": "disk.device.read.requests", "write_bytes": "disk.device.write.bytes",
        "write_requests": "disk.device.write.requests", "rd_total_times": "disk.device.read.latency",
        "wr_total_times": "disk.device.write.latency", "capacity": "disk.device.capacity",
        "allocation": "disk.device.allocation", "physical": "disk.device.usage", "rx_bytes": "network.incoming.bytes",
        "rx_packets": "network.incoming.packets", "rx_drop": "network.incoming.packets.drop",
        "rx_errors": "network.incoming.packets.error", "tx_bytes": "network.outgoing.bytes",
        "tx_packets": "network.outgoing.packets", "tx_drop": "network.outgoing.packets.drop",
        "tx_errors": "network.outgoing.packets.error", "rx_bytes_delta": "network.incoming.bytes.delta",
        "tx_bytes_delta": "network.outgoing.bytes.delta",
    ]

    /// The meters of what was inspected.
    var meters: [String] {
        let sizes: Set = ["disk.device.capacity", "disk.device.allocation", "disk.device.usage"]
        return Self.meters.values.filter { meter in
            switch kind {
            case "disks": meter.hasPrefix("disk.device.") && !sizes.contains(meter)
            case "disk_info": sizes.contains(meter)
            case "vnics": meter.hasPrefix("network.")
            default: !meter.hasPrefix("disk.") && !meter.hasPrefix("network.")
            }
        }
    }

    private static func volumes(_ result: Any?) -> [String: Double] {
        var volumes: [String: Double] = [:]
        for values in result as? [[String: Any]] ?? [result as? [String: Any] ?? [:]] {
            let device = (values["device"] ?? values["name"]).map { " \($0)" } ?? ""
            for (name, meter) in meters {
                if let number = values[name] as? NSNumber { volumes[meter + device] = number.doubleValue }
            }
        }
        return volumes
    }
}
