import Foundation
import Testing

/// What arrives at a collector, against what the guests and their host say themselves.
@Suite struct GuestMemoryTests {
    @Test(.timeLimit(.minutes(9)))
    func usageIsTheGuestsOwnFigure() async throws {
        let bed = try TestBed.shared()
        for guest in ["idle", "fill"] { try await bed.ensureReports(guest) }
        let receiver = try await SampleReceiver()
        let agent = try await RunningAgent(uri: bed.uri(), url: receiver.url)
        let idle = try await bed.uuid("idle")
        let fill = try await bed.uuid("fill")
        // Six seconds of polls hold at least two reports of a guest that reports every two.
        try await eventually("six polls arrive", within: 60) {
            receiver.samples(of: idle)["memory.usage"]?.count ?? 0 >= 6
                && receiver.samples(of: fill)["memory.usage"]?.count ?? 0 >= 6
        }
        let told = Set(try await bed.usage("idle", lines: 60))
        let polled = try #require(receiver.samples(of: idle)["memory.usage"]).map { Int($0.volume * 1024) }
        for figure in Set(polled) { #expect(told.contains(figure), "the guest never said \(figure) KiB: \(told)") }

        let twin = try #require(receiver.samples(of: idle)["memory.usage"]?.last).volume
        let filled = try #require(receiver.samples(of: fill)["memory.usage"]?.last).volume
        #expect((46...50).contains(filled - twin), "\(filled) MiB against \(twin) MiB")
        try await agent.stop()
        await receiver.stop()
    }

    @Test(.timeLimit(.minutes(2)))
    func residentIsTheProcesssOwnFigure() async throws {
        let bed = try TestBed.shared()
        let receiver = try await SampleReceiver()
        let agent = try await RunningAgent(uri: bed.uri(), url: receiver.url, meters: "memory.resident")
        for guest in ["idle", "fill", "none", "nodriver"] {
            let uuid = try await bed.uuid(guest)
            let count = receiver.samples(of: uuid)["memory.resident"]?.count ?? 0
            try await eventually("another poll arrives", within: 30) {
                receiver.samples(of: uuid)["memory.resident"]?.count ?? 0 > count
            }
            let polled = try #require(receiver.samples(of: uuid)["memory.resident"]?.last).volume * 1024
            let actual = Double(try await bed.residentKiB(guest))
            #expect(abs(polled - actual) <= actual / 100, "\(guest): \(polled) KiB against \(actual) KiB")
        }
        try await agent.stop()
        await receiver.stop()
    }

    /// Every guest publishes what is true of it, and the command says why the rest is missing.
    @Test(
        .timeLimit(.minutes(6)),
        arguments: [
            ("idle", [], ""),
            ("old", [], ""),
            ("volume", [], ""),
            ("transient", [], ""),
            (
                "nostats", ["memory.usage", "memory.available", "memory.swap.in", "memory.swap.out"],
                "nobody asks the guest"
            ),
            (
                "paused", ["memory.usage", "memory.available", "memory.swap.in", "memory.swap.out"],
                "the guest is paused"
            ),
            ("nodriver", ["memory.usage", "memory.available", "memory.swap.in", "memory.swap.out"], "never reported"),
            ("none", ["memory.usage", "memory.available", "memory.swap.in", "memory.swap.out"], "no balloon device"),
        ] as [(String, [String], String)])
    func eachGuestPublishesWhatIsTrue(guest: String, missing: [String], reason: String) async throws {
        let bed = try TestBed.shared()
        let folder = try TemporaryFolder()
        try await RunningAgent.configure(
            folder, uri: bed.uri(), url: "test://",
            meters:
                "memory, memory.usage, memory.available, memory.resident, memory.swap.in, memory.swap.out, cpu, vcpus, "
                + "power.state")
        if missing.isEmpty { try await bed.ensureReports(guest) }
        let uuid = try await bed.uuid(guest)
        let all = [
            "memory", "memory.usage", "memory.available", "memory.resident", "memory.swap.in", "memory.swap.out", "cpu",
            "vcpus", "power.state",
        ]
        var result = try await samples(folder, uuid)
        // Frozen figures are current for a minute after the guest came up.
        do {
            try await eventually("what is not true is withheld, all else is there", within: 120) {
                result = try await samples(folder, uuid)
                return Set(result.names) == Set(all).subtracting(missing)
            }
        } catch {
            // Whether the guest has gone silent or the command has.
            let facts = [["virsh", "dommemstat", uuid], ["virsh", "domcontrol", uuid], ["meminfo", guest]]
            var told: [String] = []
            for arguments in facts {
                do { told.append(try await bed.call(arguments)) } catch { told.append("\(error)") }
            }
            throw CommandError(
                description: "\(error): \(guest) has \(result.names.sorted()), and \(result.errors)\n"
                    + "at \(Int(Date().timeIntervalSince1970)): \(told.joined(separator: "\n"))")
        }
        for meter in missing {
            #expect(
                result.errors.contains { $0.contains("no \(meter):") && $0.contains(reason) }, "\(result.errors)")
        }
        let table = try await run(
            try TestBed.aerostat,
            ["samples", "--config-file", folder.path("ceilometer.conf"), "--instance", uuid, "--format", "table"])
        #expect(missing.isEmpty || table.output.contains(reason))
    }

    @Test(.timeLimit(.minutes(1)))
    func aGuestThatIsOffHasOnlyWhatNovaWrote() async throws {
        let bed = try TestBed.shared()
        let folder = try TemporaryFolder()
        try await RunningAgent.configure(folder, uri: bed.uri(), url: "test://")
        let result = try await samples(folder, bed.uuid("shutoff"))
        #expect(result.names.sorted() == ["disk.ephemeral.size", "disk.root.size"])
        #expect(result.errors.contains { $0.contains("no memory.usage: the instance is shut off") })
    }

    @Test(.timeLimit(.minutes(1)))
    func aDomainWithoutNovaMetadataIsNamedAndCostsNobodyElse() async throws {
        let bed = try TestBed.shared()
        let folder = try TemporaryFolder()
        try await RunningAgent.configure(folder, uri: bed.uri(), url: "test://")
        let result = try await run(
            try TestBed.aerostat,
            [
                "samples", "--config-file", folder.path("ceilometer.conf"), "--format", "jsonl", "--meter",
                "power.state",
            ])
        let uuid = try await bed.uuid("nometa")
        #expect(!result.output.contains(uuid))
        #expect(
            result.errors.contains(
                "\(try await bed.name("nometa")) (\(uuid)) yields no samples: it has no Nova metadata"))
        #expect(result.output.contains(try await bed.uuid("idle")))
    }

    private func samples(_ folder: TemporaryFolder, _ uuid: String) async throws -> (names: [String], errors: [String])
    {
        let result = try await run(
            try TestBed.aerostat,
            ["samples", "--config-file", folder.path("ceilometer.conf"), "--instance", uuid, "--format", "jsonl"])
        #expect(result.status == 0, "\(result.errors)")
        let names = try result.output.split(separator: "\n").map {
            try JSONDecoder().decode(ReceivedSample.self, from: Data($0.utf8)).name
        }
        return (names, result.errors.split(separator: "\n").map(String.init).filter { $0.contains(uuid) })
    }
}
