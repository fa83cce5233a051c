import Foundation
import Testing

/// Instances that are shut off, domains that are none of Nova's, and the sums over disks, on real guests.
@Suite struct InstanceKindTests {
    /// A poll's samples of one domain, as the command prints them.
    private func poll(
        _ bed: TestBed, _ guest: String, meters: String = "\"*\"", settings: String
    ) async throws -> [ReceivedSample] {
        let folder = try TemporaryFolder()
        try await RunningAgent.configure(folder, uri: bed.uri(), url: "test://", meters: meters, settings: settings)
        let result = try await run(
            try TestBed.aerostat,
            [
                "samples", "--config-file", folder.path("ceilometer.conf"), "--instance", bed.uuid(guest), "--format",
                "jsonl",
            ])
        #expect(result.status == 0, "\(result.errors)")
        return try result.output.split(separator: "\n").map {
            try JSONDecoder().decode(ReceivedSample.self, from: Data($0.utf8))
        }
    }

    /// What virsh says after a name, such as `Max memory:     131072 KiB`.
    private func figure(_ name: String, in output: String) throws -> Double {
        let line = try #require(output.split(separator: "\n").first { $0.hasPrefix("\(name):") }, "\(name): \(output)")
        return try #require(
            Double(line.dropFirst(name.count + 1).split(separator: " ").first ?? ""), "\(line) has no number")
    }

    @Test(.timeLimit(.minutes(1)))
    func aGuestThatIsOffReportsWhatVirshSays() async throws {
        let bed = try TestBed.shared()
        let samples = try await poll(
            bed, "shutoff", settings: "[compute]\nreport_stopped_instance_metrics = true\n")
        let volumes = Dictionary(samples.map { ($0.name, $0.volume) }) { $1 }
        #expect(
            Set(volumes.keys) == [
                "power.state", "vcpus", "memory", "disk.root.size", "disk.ephemeral.size", "disk.device.capacity",
                "disk.device.allocation", "disk.device.usage",
            ])
        let domain = try await bed.name("shutoff")
        let information = try await bed.virsh("dominfo", domain)
        #expect(volumes["power.state"] == 5)
        #expect(try volumes["memory"] == figure("Max memory", in: information) / 1024)
        #expect(try volumes["vcpus"] == figure("CPU(s)", in: information))
        let disk = try await bed.virsh("domblkinfo", domain, "vda")
        #expect(try volumes["disk.device.capacity"] == figure("Capacity", in: disk))
        #expect(try volumes["disk.device.allocation"] == figure("Allocation", in: disk))
        #expect(try volumes["disk.device.usage"] == figure("Physical", in: disk))
        #expect(samples.allSatisfy { $0.resource_metadata.state == "shutdown" })
    }

    @Test(.timeLimit(.minutes(6)))
    func aDomainOfNobodysIsAnInstanceOnRequest() async throws {
        let bed = try TestBed.shared()
        try await bed.ensureReports("nometa")
        let samples = try await poll(
            bed, "nometa", settings: "[compute]\nunmanaged_domains = true\nunmanaged_project_id = kvm\n")
        let volumes = Dictionary(samples.map { ($0.name, $0.volume) }) { $1 }
        let domain = try await bed.name("nometa")
        #expect(samples.allSatisfy { $0.resource_metadata.display_name == domain })
        let information = try await bed.virsh("dominfo", domain)
        #expect(try volumes["memory"] == figure("Used memory", in: information) / 1024)
        #expect(volumes["memory.usage"] ?? 0 > 0)
        let disk = try await bed.virsh("domblkinfo", domain, "vda")
        #expect(try volumes["disk.root.size"] == figure("Capacity", in: disk) / 0x1p30)
        #expect(volumes["disk.ephemeral.size"] == 0)
        // Nova's instances are what they were.
        let nova = try await poll(bed, "idle", settings: "[compute]\nunmanaged_domains = true\n")
        #expect(nova.first { $0.name == "disk.root.size" }?.volume == 1)
        #expect(nova.allSatisfy { $0.resource_metadata.display_name != nil })
    }

    @Test(.timeLimit(.minutes(1)))
    func sumsAreWhatTheirDisksAre() async throws {
        let bed = try TestBed.shared()
        let sums = ["disk.capacity", "disk.allocation", "disk.usage"]
        let samples = try await poll(
            bed, "idle",
            meters: (sums + sums.map { $0.replacing("disk.", with: "disk.device.") }).joined(separator: ", "),
            settings: "")
        for sum in sums {
            let parts = samples.filter { $0.name == sum.replacing("disk.", with: "disk.device.") }
            #expect(!parts.isEmpty)
            let whole = try #require(samples.first { $0.name == sum }, "\(sum)")
            #expect(whole.volume == parts.map(\.volume).reduce(0, +))
            #expect(try await whole.resource_id == bed.uuid("idle"))
        }
    }
}
