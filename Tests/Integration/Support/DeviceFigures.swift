import Foundation

/// What virsh tells of a guest's disks and NICs, under the names of the meters.
struct DeviceFigures {
    /// Meter and device → value.
    let values: [String: Int]

    private static let block = [
        "rd_req": "disk.device.read.requests", "rd_bytes": "disk.device.read.bytes",
        "rd_total_times": "disk.device.read.latency", "wr_req": "disk.device.write.requests",
        "wr_bytes": "disk.device.write.bytes", "wr_total_times": "disk.device.write.latency",
    ]
    private static let size = [
        "Capacity:": "disk.device.capacity", "Allocation:": "disk.device.allocation", "Physical:": "disk.device.usage",
    ]
    private static let interface = [
        "rx_bytes": "network.incoming.bytes", "rx_packets": "network.incoming.packets",
        "rx_drop": "network.incoming.packets.drop", "rx_errs": "network.incoming.packets.error",
        "tx_bytes": "network.outgoing.bytes", "tx_packets": "network.outgoing.packets",
        "tx_drop": "network.outgoing.packets.drop", "tx_errs": "network.outgoing.packets.error",
    ]

    /// Asks virsh.
    init(_ bed: TestBed, _ guest: String, disks: [String], interfaces: [String]) async throws {
        let uuid = try await bed.uuid(guest)
        var values: [String: Int] = [:]
        func take(_ text: String, _ meters: [String: String], _ device: String) {
            for line in text.split(separator: "\n") {
                // "vda rd_req 7", or "Capacity: 4096" of a device that stands elsewhere.
                let words = line.split(whereSeparator: \.isWhitespace)
                guard words.count >= 2, let meter = meters[String(words[words.count - 2])],
                    let value = Int(words[words.count - 1])
                else { continue }
                values["\(meter) \(device)"] = value
            }
        }
        for disk in disks {
            take(try await bed.virsh("domblkstat", uuid, disk), Self.block, disk)
            take(try await bed.virsh("domblkinfo", uuid, disk), Self.size, disk)
        }
        for interface in interfaces {
            take(try await bed.virsh("domifstat", uuid, interface), Self.interface, interface)
        }
        self.values = values
    }
}
