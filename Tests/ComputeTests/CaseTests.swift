import Compute
import Foundation
import Golden
import Hypervisor
import Telemetry
import Testing

/// Inputs from public bug reports (`Tests/Golden/Fixtures/cases`), and the figures that are right for them.
@Suite struct CaseTests {
    /// The cycles of a case's recording.
    private func cycles(
        _ name: String, meters: [String] = MeterTable.names, rules change: (inout SampleRules) -> Void = { _ in }
    ) async throws -> [Cycle] {
        let recording = try Recording(json: [UInt8](Data(contentsOf: GoldenRun.url("cases/\(name).json"))))
        let hypervisor = RecordedHypervisor(recording) { Timestamp(seconds: 1_795_370_400) }
        let rules = rules(change)
        var poller = Poller(rules)
        var selection = MeterSelection(meters: meters, rules: rules)
        var cycles: [Cycle] = []
        for _ in recording.cycles {
            cycles.append(poller.poll(try await hypervisor.read(selection.groups), &selection))
        }
        return cycles
    }

    private func volumes(_ cycles: [Cycle], _ meter: String, _ resource: String? = nil) -> [Volume] {
        cycles.flatMap(\.samples).filter { $0.meter.name == meter && resource ?? $0.resource.id == $0.resource.id }
            .map(\.volume)
    }

    /// lago-project/lago 411, Telmate/terraform-provider-proxmox 62.
    @Test func twoNICsOfOneAddressGrowEachByItself() async throws {
        let meters = ["network.incoming.bytes.delta", "network.incoming.bytes.rate"]
        let cycles = try await cycles("two-nics-one-mac", meters: meters)
        let first = "bonded-b0000000-0000-4000-8000-000000000001-vnet0"
        let second = "bonded-b0000000-0000-4000-8000-000000000001-vnet1"
        #expect(volumes(cycles, meters[0], first) == [.integer(0), .integer(300), .integer(600)])
        #expect(volumes(cycles, meters[0], second) == [.integer(0), .integer(10), .integer(30)])
        #expect(volumes(cycles, meters[1], first) == [.real(5), .real(10)])
        #expect(volumes(cycles, meters[1], second) == [.real(10.0 / 60), .real(0.5)])
    }

    /// ArchipelProject/Archipel 168: libvirt's own filter on every NIC of every guest.
    @Test func filteredNICsOfUnmanagedDomainsHaveIDsOfTheirOwn() async throws {
        let meters = ["network.incoming.bytes", "network.incoming.bytes.rate"]
        let cycles = try await cycles("clean-traffic", meters: meters) {
            $0.unmanagedOwner = UnmanagedOwner(projectID: nil, userID: nil)
        }
        let ids = Set(cycles.flatMap(\.samples).filter { $0.meter.name == meters[0] }.map(\.resource.id))
        #expect(ids.count == 4)
        #expect(ids.contains("guest1-b0000000-0000-4000-8000-000000000001-52:54:00:00:01:01"))
        let rates = volumes(cycles, meters[1]).map(\.double).sorted()
        #expect(rates == [1, 2, 10, 20])
    }

    /// Domain templates that list the CD-ROM before the disk.
    @Test func aCDROMAndAFloppyAreNoRootDisk() async throws {
        let cycles = try await cycles("plain-kvm-cdrom-first") {
            $0.unmanagedOwner = UnmanagedOwner(projectID: nil, userID: nil)
        }
        #expect(volumes(cycles, "disk.root.size") == [.integer(20)])
        #expect(volumes(cycles, "disk.ephemeral.size") == [.integer(5)])
        let metadata = try #require(cycles.last?.samples.first).resource.metadata
        #expect(metadata["root_gb"] == .integer(20))
        #expect(metadata["ephemeral_gb"] == .integer(5))
    }

    /// Tinkoff/libvirt-exporter 40: a libvirtd that cannot read /proc.
    @Test func aResidentSetOfZeroSaysNothingOfTheGuestsEnd() async throws {
        let cycles = try await cycles("rss-zero")
        #expect(volumes(cycles, "memory.resident").isEmpty)
        #expect(volumes(cycles, "memory.usage").count == 3)
        #expect(volumes(cycles, "cpu").count == 3)
        for cycle in cycles {
            let reason = try #require(cycle.reason("memory.resident"))
            #expect(reason == .processUnseen)
            #expect(!reason.description.contains("ending"))
        }
    }

    /// zhangjianweibj/prometheus-libvirt-exporter 15, Launchpad 1417949.
    @Test func aQEMUThatIsKilledHasNoFiguresOfZero() async throws {
        let cycles = try await cycles("qemu-is-ending")
        #expect(volumes(cycles, "cpu") == [.integer(90_000_000_000_000), .integer(7_000_000_000)])
        #expect(volumes(cycles, "memory.resident").count == 2)
        #expect(volumes(cycles, "power.state") == [.integer(1), .integer(1), .integer(1)])
        #expect(volumes(cycles, "vcpus") == [.integer(2), .integer(2), .integer(2)])
        #expect(cycles[1].reason("cpu") == .ending)
        #expect(cycles[1].reason("memory.resident") == .ending)
    }
}
