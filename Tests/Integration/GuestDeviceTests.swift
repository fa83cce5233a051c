import Foundation
import Testing

/// The disks and NICs of real guests, against what virsh and the guests say of them, and against traffic of known size.
@Suite struct GuestDeviceTests {
    /// What a guest reads and writes of a disk vdb; see guests.sh.
    private static let written = 327_680

    @Test(.timeLimit(.minutes(3)))
    func everyCounterIsLibvirts() async throws {
        try await withGuest { bed, guest, folder in
            let wire = Wire(bed: bed, guest: guest)
            try await wire.attach("--config")
            try await attachDisk(bed, guest, folder, "--config")
            try await bed.call(["start", guest], within: 120)
            try await wire.connect()
            let told = try await diskOfGuest(bed, guest)

            // While nothing moves, both say the same.
            let quiet = try await figures(bed, guest, wire, folder)
            #expect(quiet.before == quiet.after)
            #expect(quiet.samples == quiet.after)
            #expect(quiet.samples["disk.device.read.bytes vdb"] == told.read)
            #expect(quiet.samples["disk.device.read.requests vdb"] == told.reads)
            #expect(quiet.samples["disk.device.write.bytes vdb"] == told.written)
            #expect(told.written == Self.written)
            #expect(quiet.samples["disk.device.capacity vdb"] == 1 << 20)
            #expect(quiet.samples["disk.device.capacity vda"] == 16 << 20)

            // While something moves, the samples lie between what was said before and after.
            let busy = try await figures(bed, guest, wire, folder) {
                _ = try await wire.echo(200, bytes: 100, every: 0.02)
            }
            #expect(busy.samples.count == busy.before.count)
            for (meter, value) in busy.samples {
                let (low, high) = (busy.before[meter] ?? .max, busy.after[meter] ?? .min)
                #expect(low <= value && value <= high, "\(meter): \(low), \(value), \(high)")
            }
            let bytes = "network.incoming.bytes \(wire.device)"
            #expect(busy.before[bytes] ?? 0 < busy.after[bytes] ?? 0)
        }
    }

    /// Incoming and outgoing are the guest's: what is sent to it comes in.
    @Test(.timeLimit(.minutes(3)))
    func trafficOfKnownSizeShowsAsThatSize() async throws {
        try await withGuest { bed, guest, folder in
            let wire = Wire(bed: bed, guest: guest)
            try await wire.attach("--config")
            try await bed.call(["start", guest], within: 120)
            try await wire.connect()
            func counters() async throws -> [String: Int] {
                let samples = try await samples(bed, guest, folder)
                return samples.filter { $0.key.hasPrefix("network.") && !$0.key.contains("delta") }.reduce(into: [:]) {
                    $0[String($1.key.dropFirst("network.".count).dropLast(wire.device.count + 1))] = $1.value
                }
            }
            var expected = try await counters()
            #expect(expected.count == 8)
            for (count, bytes) in [(25, 600), (1, 0), (40, 1472)] {
                let total = try await wire.echo(count, bytes: bytes)
                for side in ["incoming", "outgoing"] {
                    expected["\(side).bytes", default: 0] += total
                    expected["\(side).packets", default: 0] += count
                }
                #expect(try await counters() == expected)
            }
            for (count, bytes) in [(7, 500), (1, 1)] {
                expected["incoming.bytes", default: 0] += try await wire.send(count, bytes: bytes)
                expected["incoming.packets", default: 0] += count
                // Nobody answers, so it may still be on its way.
                try await eventually("the datagrams have come in", within: 10) {
                    try await counters()["incoming.packets"] ?? 0 >= expected["incoming.packets"] ?? 0
                }
                #expect(try await counters() == expected)
            }
        }
    }

    @Test(.timeLimit(.minutes(4)))
    func devicesThatComeAndGo() async throws {
        try await withGuest { bed, guest, folder in
            try await bed.call(["start", guest], within: 120)
            let uuid = try await bed.uuid(guest)
            let receiver = try await SampleReceiver()
            let agent = try await RunningAgent(uri: bed.uri(), url: receiver.url)
            var cycle = try await receiver.nextCycle(of: uuid)
            #expect(cycle["network.incoming.bytes"] == nil)

            var wire = Wire(bed: bed, guest: guest)
            for round in 1...2 {
                try await wire.attach("--live")
                let start = receiver.samples.count
                cycle = try await receiver.nextCycle(of: uuid)
                #expect(cycle["network.incoming.bytes"]?.map(\.resource_id) == [try await resource(bed, guest, wire)])
                try await wire.connect(time: round)
                let total = try await wire.echo(20 * round, bytes: 400)
                func deltas(_ side: String) -> [Int] {
                    let samples = receiver.samples(of: uuid, from: start)["network.\(side).bytes.delta"] ?? []
                    return samples.map { Int($0.volume) }
                }
                try await eventually("the traffic of round \(round) is told", within: 20) {
                    deltas("outgoing").reduce(0, +) >= total
                }
                cycle = try await receiver.nextCycle(of: uuid)
                for side in ["incoming", "outgoing"] {
                    // Anew: nothing of the NIC before, and nothing twice.
                    #expect(deltas(side).first == 0)
                    #expect(deltas(side).reduce(0, +) == total)
                    #expect(cycle["network.\(side).bytes"]?.map { Int($0.volume) } == [total])
                }
                try await wire.detach()
                cycle = try await receiver.nextCycle(of: uuid)
                #expect(cycle["network.incoming.bytes"] == nil)
                #expect(cycle["network.incoming.bytes.delta"] == nil)
                // The next one has another name in the first round, and then the same.
                if round == 1 { wire = Wire(bed: bed, guest: guest) }
            }

            try await attachDisk(bed, guest, folder, "--live")
            cycle = try await receiver.nextCycle(of: uuid)
            #expect(cycle["disk.device.capacity"]?.map(\.resource_id).sorted() == ["\(uuid)-vda", "\(uuid)-vdb"])
            let told = try await diskOfGuest(bed, guest)
            cycle = try await receiver.nextCycle(of: uuid)
            func volume(_ meter: String) -> Int? {
                cycle[meter]?.first { $0.resource_id == "\(uuid)-vdb" }.map { Int($0.volume) }
            }
            #expect(volume("disk.device.read.bytes") == told.read)
            #expect(volume("disk.device.write.bytes") == Self.written)
            try await bed.virsh("detach-disk", uuid, "vdb", "--live")
            try await eventually("the disk is gone", within: 60) {
                try await !bed.virsh("domblklist", uuid).contains("vdb")
            }
            cycle = try await receiver.nextCycle(of: uuid)
            #expect(cycle["disk.device.capacity"]?.map(\.resource_id) == ["\(uuid)-vda"])
            try await agent.stop()
            await receiver.stop()
        }
    }
}

extension GuestDeviceTests {
    /// Defines a guest of the test's own in the shared bed, and removes it however the test ends.
    private func withGuest(
        _ body: (_ bed: TestBed, _ guest: String, _ folder: TemporaryFolder) async throws -> Void
    ) async throws {
        let bed = try TestBed.shared()
        let guest = "device-\(UInt32.random(in: 0...UInt32.max))"
        let folder = try TemporaryFolder()
        try await bed.call(["define", guest])
        do {
            try await body(bed, guest, folder)
        } catch {
            try await bed.call(["undefine", guest])
            throw error
        }
        try await bed.call(["undefine", guest])
    }

    private func attachDisk(_ bed: TestBed, _ guest: String, _ folder: TemporaryFolder, _ how: String) async throws {
        let image = folder.path("vdb.img")
        guard FileManager.default.createFile(atPath: image, contents: Data(count: 1 << 20)) else {
            throw CommandError(description: "cannot write \(image)")
        }
        try await bed.virsh(
            "attach-disk", try await bed.uuid(guest), image, "vdb", "--sourcetype", "file", "--targetbus", "virtio", how
        )
    }

    /// What the guest's kernel says of vdb after the guest has read and written.
    private func diskOfGuest(
        _ bed: TestBed, _ guest: String
    ) async throws -> (reads: Int, read: Int, written: Int) {
        var words: [Substring] = []
        try await eventually("the guest has used its disk", within: 60) {
            let line = try await bed.call(["devices", guest]).split(separator: "\n").last { $0.hasPrefix("disk vdb ") }
            words = line?.split(separator: " ") ?? []
            return !words.isEmpty
        }
        func number(_ name: String) throws -> Int {
            let word = words.first { $0.hasPrefix("\(name):") }
            return try #require(word.flatMap { Int($0.dropFirst(name.count + 1)) })
        }
        return (try number("reads"), try number("read"), try number("written"))
    }

    private func resource(_ bed: TestBed, _ guest: String, _ wire: Wire) async throws -> String {
        try await "\(bed.name(guest))-\(bed.uuid(guest))-\(wire.device)"
    }

    /// What one poll of the command says of a guest's disks and NICs: meter and device → volume.
    private func samples(_ bed: TestBed, _ guest: String, _ folder: TemporaryFolder) async throws -> [String: Int] {
        try RunningAgent.configure(
            folder, uri: try await bed.uri(), url: "test://", meters: "\"disk.device.*\", \"network.*\"")
        let result = try await run(
            try TestBed.aerostat,
            [
                "samples", "--config-file", folder.path("ceilometer.conf"), "--instance", try await bed.uuid(guest),
                "--format", "jsonl",
            ])
        #expect(result.status == 0, "\(result.errors)")
        var samples: [String: Int] = [:]
        for line in result.output.split(separator: "\n") {
            let sample = try JSONDecoder().decode(ReceivedSample.self, from: Data(line.utf8))
            let device = try #require(sample.resource_id.split(separator: "-").last)
            #expect(samples.updateValue(Int(sample.volume), forKey: "\(sample.name) \(device)") == nil)
        }
        return samples
    }

    /// The samples but for deltas, and what virsh says right before and after something that happens meanwhile.
    private func figures(
        _ bed: TestBed, _ guest: String, _ wire: Wire, _ folder: TemporaryFolder,
        during event: @escaping @Sendable () async throws -> Void = {}
    ) async throws -> (before: [String: Int], samples: [String: Int], after: [String: Int]) {
        let disks = ["vda", "vdb"]
        let before = try await DeviceFigures(bed, guest, disks: disks, interfaces: [wire.device])
        async let happening: Void = event()
        let samples = try await samples(bed, guest, folder).filter { !$0.key.contains(".delta ") }
        try await happening
        let after = try await DeviceFigures(bed, guest, disks: disks, interfaces: [wire.device])
        return (before.values, samples, after.values)
    }
}
