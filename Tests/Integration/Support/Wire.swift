import Foundation

/// A NIC of a guest, which is a tap in the bed's network namespace, and the other end of its wire.
struct Wire {
    let bed: TestBed
    let guest: String
    /// The tap's name.
    let device = "wire\(UInt32.random(in: 0...UInt32.max))"
    let mac = "fa:16:3e:99:00:01"
    /// Our side's address, the guest's, and one that is nobody's. The guest knows ours; see guests.sh.
    private let ours = "192.0.2.17"
    private let guests = "192.0.2.18"
    private let nobodys = "192.0.2.19"
    /// Ethernet's header, and those of IPv4 with ICMP or UDP.
    private static let headers = 14 + 20 + 8

    /// Plugs it in: `--live` or `--config`.
    func attach(_ how: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "nic.xml",
            """
            <interface type='ethernet'><mac address='\(mac)'/><target dev='\(device)'/><model type='virtio'/></interface>
            """)
        try await bed.virsh("attach-device", try await bed.uuid(guest), folder.path("nic.xml"), how)
    }

    /// Pulls it out and waits until the guest has let it go.
    func detach() async throws {
        let uuid = try await bed.uuid(guest)
        try await bed.virsh("detach-interface", uuid, "ethernet", "--mac", mac, "--live")
        try await eventually("the NIC is gone", within: 60) {
            try await !bed.virsh("domiflist", uuid).contains(device)
        }
    }

    /// Waits until the guest has set its side up, for which time since it was started, and sets ours up.
    func connect(time: Int = 1) async throws {
        try await eventually("the guest has set its NIC up", within: 60) {
            let rows = try await bed.call(["devices", guest]).split(separator: "\n")
            return rows.count { $0 == "nic eth1" } >= time
        }
        try await net("ip", "link", "set", device, "address", "02:00:00:00:00:01")
        try await net("ip", "address", "add", "\(ours)/28", "dev", device)
        for address in [guests, nobodys] {
            try await net("ip", "neighbour", "add", address, "lladdr", mac, "dev", device, "nud", "permanent")
        }
    }

    /// Has the guest answer so many echo requests, each with that much in it; how many bytes go either way.
    func echo(_ count: Int, bytes: Int, every seconds: Double = 0.01) async throws -> Int {
        try await net("busybox", "ping", "-c", "\(count)", "-i", "\(seconds)", "-W", "5", "-s", "\(bytes)", guests)
        return count * (Self.headers + bytes)
    }

    /// Sends the guest datagrams that nobody answers; how many bytes it receives.
    func send(_ count: Int, bytes: Int) async throws -> Int {
        let text = String(repeating: "x", count: bytes)
        try await net(
            "bash", "-c", "for ((i = 0; i < \(count); i++)); do printf %s \(text) >/dev/udp/\(nobodys)/9; done")
        return count * (Self.headers + bytes)
    }

    private func net(_ command: String...) async throws { try await bed.call(["net"] + command) }
}
