import Foundation
import TestServers
import Testing

/// The sizes of real disks against virDomainGetBlockInfo (virsh domblkinfo), which Ceilometer asks, and a libvirtd whose bulk
/// call fails because of one guest.
@Suite struct GuestDiskTests {
    /// The disks of a guest like disks; see guests.sh.
    private static let disks = ["vda", "vdb", "vdc", "vdd", "vde", "vdf", "sda", "fda"]
    private static let meters = ["disk.device.capacity", "disk.device.allocation", "disk.device.usage"]

    /// One agent throughout: it asks for an image once, and follows it by its bulk calls.
    @Test(.timeLimit(.minutes(5)))
    func sizesAreBlockInfosBeforeAndAfterWrites() async throws {
        let bed = try TestBed.shared()
        let guest = "disks-\(UInt32.random(in: 0...UInt32.max))"
        try await bed.call(["define", guest, "disks"])
        do {
            try await follow(bed, guest)
        } catch {
            try await bed.call(["undefine", guest])
            throw error
        }
        try await bed.call(["undefine", guest])
    }

    private func follow(_ bed: TestBed, _ guest: String) async throws {
        let uuid = try await bed.uuid(guest)
        try await bed.call(["start", guest], within: 120)
        let receiver = try await SampleReceiver()
        let agent = try await RunningAgent(
            uri: bed.uri(), url: receiver.url, meters: "\"disk.device.*\"",
            settings: "[compute]\nreport_stopped_instance_metrics = true\n")
        try await eventually("the guest has written to vdb", within: 60) {
            try await bed.call(["devices", guest]).contains("disk vdb ")
        }
        try await compare(bed, uuid, receiver, Self.disks, "as they were made")

        // Each disk is written in its middle, by its QEMU as the guest would.
        var before: [String: [String: Int]] = [:]
        for disk in Self.disks { before[disk] = try await DiskSizes(bed, uuid, disk).values }
        for (index, disk) in Self.disks.enumerated() where disk.hasPrefix("vd") {
            try await write(bed, uuid, disk: index, at: "2M")
        }
        try await compare(bed, uuid, receiver, Self.disks, "written")
        // vdc has all its blocks from the beginning.
        for disk in ["vda", "vdb", "vdd", "vde", "vdf"] {
            #expect(try await DiskSizes(bed, uuid, disk).values != before[disk], "\(disk)")
        }

        try await bed.virsh("blockresize", uuid, "vda", "64M")
        try await bed.virsh("blockresize", uuid, "vdb", "32M")
        try await compare(bed, uuid, receiver, Self.disks, "resized")
        try await write(bed, uuid, disk: 0, at: "60M")
        try await compare(bed, uuid, receiver, Self.disks, "written behind the old end")

        let overlay = agent.folder.path("overlay.qcow2")
        try await bed.virsh(
            "snapshot-create-as", uuid, "--disk-only", "--no-metadata", "--diskspec", "vda,file=\(overlay)",
            "--diskspec", "vdb,snapshot=no", "--diskspec", "vdc,snapshot=no", "--diskspec", "vdd,snapshot=no",
            "--diskspec", "vde,snapshot=no", "--diskspec", "vdf,snapshot=no", "--diskspec", "fda,snapshot=no")
        try await compare(bed, uuid, receiver, Self.disks, "after a snapshot")
        try await write(bed, uuid, disk: 0, at: "3M")
        try await compare(bed, uuid, receiver, Self.disks, "the overlay was written")
        try await bed.virsh("blockcommit", uuid, "vda", "--active", "--pivot", "--wait")
        try await compare(bed, uuid, receiver, Self.disks, "after a commit")

        try await bed.virsh("change-media", uuid, "sda", "--eject", "--force")
        let others = Self.disks.filter { $0 != "sda" }
        try await compare(bed, uuid, receiver, others, "without a medium")
        #expect(try await receiver.nextCycle(of: uuid)[Self.meters[0]]?.count == others.count)

        try await bed.call(["stop", guest])
        // libvirt tells nothing of network disks of a guest that does not run, and Ceilometer fails.
        try await compare(bed, uuid, receiver, others.filter { $0 != "vdf" }, "shut off")
        try await agent.stop()
        await receiver.stop()
    }

    /// `record` writes what virDomainGetBlockInfo says, and a replay says the same.
    @Test(.timeLimit(.minutes(2)))
    func recordingsHoldBlockInfo() async throws {
        let bed = try TestBed.shared()
        let uuid = try await bed.uuid("idle")
        let folder = try TemporaryFolder()
        try RunningAgent.configure(
            folder, uri: try await bed.uri(), url: "test://",
            meters: Self.meters.map { "\"\($0)\"" }.joined(separator: ", "))
        let file = folder.path("host.json")
        let recorded = try await run(
            try TestBed.aerostat, ["record", "--config-file", folder.path("ceilometer.conf"), file])
        #expect(recorded.status == 0, "\(recorded.errors)")
        let replayed = try await run(
            try TestBed.aerostat,
            ["samples", "--config-file", folder.path("ceilometer.conf"), "--replay", file, "--format", "jsonl"])
        let samples = try replayed.output.split(separator: "\n").map {
            try JSONDecoder().decode(ReceivedSample.self, from: Data($0.utf8))
        }
        let own = samples.filter { $0.resource_id == "\(uuid)-vda" }
        let volumes = Dictionary(own.map { ($0.name, Int($0.volume)) }) { $1 }
        #expect(try await volumes == DiskSizes(bed, uuid, "vda").values)
    }

    /// A real libvirtd fails its whole bulk call where the performance events of one guest cannot be read.
    @Test(.timeLimit(.minutes(5)))
    func oneGuestWithoutPerformanceEventsCostsNobodyElse() async throws {
        let folder = try TemporaryFolder()
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "TestBed/perf.c").path()
        let library = folder.path("perf.so")
        let compiled = try await run(
            "/usr/bin/env", ["clang", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"])
        #expect(compiled.status == 0, "\(compiled.errors)")
        let bed = try await TestBed.own(["idle", "nodriver"], preload: library)
        do {
            let broken = try await bed.uuid("nodriver")
            try await bed.virsh("perf", broken, "--enable", "cpu_cycles", "--live")
            let bulk = try await bed.result(of: ["virsh", "domstats", "--perf", "--nowait"])
            #expect(bulk.status != 0 && bulk.errors.contains("Unable to read"), "\(bulk.errors)")
            let receiver = try await SampleReceiver()
            let agent = try await RunningAgent(uri: bed.uri(), url: receiver.url)
            let sound = try await receiver.nextCycle(of: bed.uuid("idle"))
            #expect(sound["memory.usage"]?.count == 1)
            #expect(try await receiver.nextCycle(of: broken)["cpu"]?.count == 1)
            #expect(await agent.health() == 200)
            #expect(try agent.lines(broken, "cannot read statistics").count == 1)
            try await agent.stop()
            await receiver.stop()
        } catch {
            try await bed.down()
            throw error
        }
        try await bed.down()
    }
}

extension GuestDiskTests {
    /// The three sizes of a disk by virsh domblkinfo, as Ceilometer makes meters of them.
    private struct DiskSizes {
        var values: [String: Int]

        init(_ bed: TestBed, _ uuid: String, _ disk: String) async throws {
            let text = try await bed.virsh("domblkinfo", uuid, disk)
            func figure(_ name: String) throws -> Int {
                let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("\(name):") }, "\(text)")
                return try #require(line.split(separator: " ").last.flatMap { Int($0) }, "\(text)")
            }
            let physical = try figure("Physical")
            values = [
                meters[0]: max(try figure("Capacity"), physical), meters[1]: try figure("Allocation"),
                meters[2]: physical,
            ]
        }
    }

    /// Waits for a poll that says of each disk what virsh says; what is still different is an issue.
    private func compare(
        _ bed: TestBed, _ uuid: String, _ receiver: SampleReceiver, _ disks: [String], _ name: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var expected: [String: [String: Int]] = [:]
        for disk in disks { expected[disk] = try await DiskSizes(bed, uuid, disk).values }
        var differences: [String] = []
        // The first poll may have been under way.
        for _ in 1...3 {
            let cycle = try await receiver.nextCycle(of: uuid)
            differences = expected.flatMap { disk, values in
                values.compactMap { meter, value in
                    let found = cycle[meter]?.first { $0.resource_id == "\(uuid)-\(disk)" }.map { Int($0.volume) }
                    return found == value ? nil : "\(disk) \(meter): \(found.map(String.init) ?? "none") for \(value)"
                }
            }
            if differences.isEmpty { break }
        }
        #expect(differences.isEmpty, "\(name)", sourceLocation: sourceLocation)
    }

    /// QEMU writes 256 KiB to a virtio disk, by the place of the disk in the description.
    private func write(_ bed: TestBed, _ uuid: String, disk: Int, at offset: String) async throws {
        let answer = try await bed.virsh(
            "qemu-monitor-command", uuid, "--hmp",
            "qemu-io -d /machine/peripheral/virtio-disk\(disk)/virtio-backend \"write \(offset) 256k\"")
        #expect(answer.isEmpty, "\(answer)")
    }
}
