import Compute
import Hypervisor
import Telemetry
import Testing

/// `[compute] report_stopped_instance_metrics`: what an instance that is shut off yields, with it and without.
@Suite struct StoppedInstanceTests {
    private static let disk = """
        <disk type='file'><source file='/a'/><target dev='vda'/></disk>\
        <disk type='file'><source file='/b'/><target dev='vdb'/></disk>
        """
    /// As libvirt 9.0 answers for a domain that does not run: a sparse disk has no `allocation`.
    private static let stopped: [String: StatisticValue] = [
        "state.state": .integer(5), "cpu.time": .integer(740), "balloon.current": .integer(51_200),
        "balloon.maximum": .integer(2_097_152), "vcpu.current": .integer(2), "vcpu.maximum": .integer(4),
        "block.0.name": .string("vda"), "block.0.capacity": .integer(16_777_216),
        "block.0.physical": .integer(16_777_216), "block.1.name": .string("vdb"), "block.1.capacity": .integer(1000),
        "block.1.physical": .integer(4096), "block.1.allocation": .integer(512),
    ]

    private func volumes(_ reports: Bool, meters: [String] = MeterTable.names) -> [String: [Volume]] {
        let cycle = poll(
            DomainXML.domain(devices: Self.disk, id: nil), Self.stopped, meters: meters,
            rules: { $0.reportsStopped = reports })
        return Dictionary(grouping: cycle.samples, by: \.meter.name).mapValues { $0.map(\.volume) }
    }

    @Test func onlyTheFlavorsSizesByDefault() {
        #expect(volumes(false) == ["disk.root.size": [.integer(15)], "disk.ephemeral.size": [.integer(5)]])
    }

    @Test func exactlyWhatCeilometerReportsOfStoppedInstances() {
        #expect(
            volumes(true) == [
                "disk.root.size": [.integer(15)], "disk.ephemeral.size": [.integer(5)], "power.state": [.integer(5)],
                "vcpus": [.integer(2)],
                // What the guest may have, not what it had.
                "memory": [.real(2048)], "disk.device.capacity": [.integer(16_777_216), .integer(4096)],
                "disk.device.allocation": [.integer(0), .integer(512)],
                "disk.device.usage": [.integer(16_777_216), .integer(4096)],
            ])
    }

    @Test func theSumsFollowTheirDisks() {
        let named = ["disk.capacity", "disk.allocation", "disk.usage", "disk.read.bytes"]
        #expect(
            volumes(true, meters: named) == [
                "disk.capacity": [.integer(16_781_312)], "disk.allocation": [.integer(512)],
                "disk.usage": [.integer(16_781_312)],
            ])
        #expect(volumes(false, meters: named).isEmpty)
    }

    @Test func whatIsMissingIsSaid() {
        let cycle = poll(
            DomainXML.domain(devices: Self.disk, id: nil), Self.stopped, rules: { $0.reportsStopped = true })
        #expect(cycle.reason("cpu") == .shutOff)
        #expect(cycle.reason("memory.usage") == .shutOff)
        #expect(cycle.reason("disk.device.read.bytes") == .shutOff)
        #expect(cycle.reason("memory") == nil)
    }

    @Test func aRunningGuestIsNoOther() {
        let running = healthy.merging(["balloon.maximum": .integer(1 << 30)]) { $1 }
        for reports in [false, true] {
            let cycle = poll(DomainXML.domain(), running, rules: { $0.reportsStopped = reports })
            #expect(cycle.volume("memory") == .real(128))
        }
        // A running guest's missing allocation is not known to be 0.
        let block: [String: StatisticValue] = [
            "block.0.name": .string("vda"), "block.0.capacity": .integer(9), "block.0.physical": .integer(9),
        ]
        let cycle = poll(DomainXML.domain(devices: Self.disk), healthy.merging(block) { $1 })
        #expect(cycle.volume("disk.device.allocation") == nil)
    }
}
