import Foundation
import Glibc
import Testing

/// Disks under `state_path` that are full or read-only. Expected is what a `file://` publisher wrote beside the
/// collector's.
@Suite struct StateDiskTests {
    /// Several small payloads a cycle.
    static let settings = "[aerostat]\nmax_samples_per_request = \(perPayload)\n"
    static let meters = "power.state, vcpus, memory"
    private static let perPayload = 10

    /// An agent's surroundings. The state directory is a disk of its own.
    private struct Scene {
        let folder: TemporaryFolder
        let disk: StateDisk
        let receiver: SampleReceiver
        let witness: Witness

        func start() async throws -> RunningAgent {
            try await RunningAgent(
                uri: TestBed.shared().uri(), url: witness.url(beside: receiver.url), meters: StateDiskTests.meters,
                settings: StateDiskTests.settings, in: folder)
        }

        func balance(through last: Double = .infinity) throws -> Balance {
            Balance(expected: try witness.ids(through: last), received: receiver.samples)
        }
    }

    private func withDisk(
        ext4: Bool = false, _ body: (Scene) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let state = folder.path("state")
        let disk =
            ext4
            ? try await StateDisk.ext4(at: state, image: folder.path("image")) : try await StateDisk.memory(at: state)
        let receiver = try await SampleReceiver()
        do {
            try await body(Scene(folder: folder, disk: disk, receiver: receiver, witness: Witness(in: folder)))
        } catch {
            try await disk.unmount()
            throw error
        }
        try await disk.unmount()
        await receiver.stop()
    }

    /// The samples' moment up to which the status page has told that they were handed over.
    private func handedOver(_ page: AgentPage) throws -> Double { try moment(#require(page.last_cycle).at) }

    @Test(.timeLimit(.minutes(3)))
    func fullWhileTheCollectorRefuses() async throws {
        try await withDisk { scene in
            let name = "full disk, collector refuses"
            scene.receiver.refuse(503)
            let agent = try await scene.start()
            try await agent.shows("payloads wait on disk", within: 30) { $0.onDisk >= 6 }
            try scene.disk.fill()
            // What is being written is in memory, too: the write has failed once the page says so.
            let full = try await agent.shows("payloads wait in memory", within: 20) {
                $0.inMemory >= 6 && $0.diskProblem != nil
            }
            #expect(await agent.health() == 503)
            try scene.disk.empty()
            let mended = Date()
            try await agent.shows("memory is on disk", within: 20) { $0.inMemory == 0 && $0.diskProblem == nil }
            let recovered = Date().timeIntervalSince(mended)
            let lines = try agent.lines("condition=disk")
            #expect(lines.count == 2, "one at the beginning, one at the end: \(lines)")
            let last = try await agent.shows("more of them", within: 10) {
                $0.inMemory == 0 && $0.onDisk > full.waiting
            }
            try await agent.die()
            #expect(scene.receiver.samples.isEmpty)

            scene.receiver.refuse(nil)
            let again = try await scene.start()
            try await again.shows("all arrived and all is well", within: 60) { $0.waiting == 0 && $0.healthy }
            let balance = try scene.balance(through: handedOver(last))
            #expect(balance.lost == 0, "\(balance)")
            #expect(balance.doubled <= Self.perPayload, "\(balance)")
            print("FAULT \(name): waiting \(last.waiting), \(balance), recovered in \(seconds(recovered)) s")
            try await again.stop()
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func fullWhileTheCollectorTakes() async throws {
        try await withDisk { scene in
            let name = "full disk, collector takes"
            scene.receiver.refuse(503)
            let agent = try await scene.start()
            let before = try await agent.shows("payloads wait on disk", within: 30) { $0.onDisk >= 6 }
            try scene.disk.fill()
            try await agent.shows("payloads wait in memory", within: 20) { $0.inMemory > 0 }
            scene.receiver.refuse(nil)
            try await agent.shows("all that waited arrived", within: 30) { $0.waiting == 0 }
            let count = scene.receiver.samples.count
            try await eventually("samples go on arriving", within: 15) { scene.receiver.samples.count >= count + 60 }
            #expect(await agent.health() == 503)
            let last = try await agent.shows("nothing waits", within: 10) { $0.waiting == 0 }
            // The page's queues are a moment older than its cycle, and what is in memory alone would die with the agent.
            try await eventually("what was handed over arrives", within: 15) {
                try scene.balance(through: handedOver(last)).lost == 0
            }
            try await agent.die()

            let dead = scene.receiver.samples.count
            let again = try await scene.start()
            try await eventually("samples go on arriving on a disk that is full at the start", within: 20) {
                scene.receiver.samples.count >= dead + 60
            }
            try await again.shows("the disk is told", within: 10) { $0.diskProblem != nil }
            try scene.disk.empty()
            let mended = Date()
            try await again.shows("all is well", within: 20) { $0.healthy && $0.inMemory == 0 }
            let recovered = Date().timeIntervalSince(mended)
            let balance = try scene.balance(through: handedOver(last))
            #expect(balance.lost == 0, "\(balance)")
            #expect(balance.doubled <= Self.perPayload, "\(balance)")
            print("FAULT \(name): waiting \(before.waiting), \(balance), recovered in \(seconds(recovered)) s")
            try await again.stop()
        }
    }

    /// An ext4 that finds an error and turns read-only with files open, as those of hosts do. (`mount -o remount,ro` is
    /// refused while the agent has the database open.) The way back is a check and a mount.
    @Test(.timeLimit(.minutes(3)))
    func readOnlyInMidRun() async throws {
        try await withDisk(ext4: true) { scene in
            let name = "disk turns read-only"
            scene.receiver.refuse(503)
            let agent = try await scene.start()
            let before = try await agent.shows("payloads wait on disk", within: 30) { $0.onDisk >= 6 }
            try await scene.disk.failReadOnly()
            try await agent.shows("payloads wait in memory", within: 20) { $0.inMemory >= 6 && $0.diskProblem != nil }
            #expect(await agent.health() == 503)
            scene.receiver.refuse(nil)
            try await agent.shows("all that waited arrived", within: 40) { $0.waiting == 0 }
            let count = scene.receiver.samples.count
            try await eventually("samples go on arriving", within: 15) { scene.receiver.samples.count >= count + 60 }
            let told = try handedOver(#require(try await agent.page()))
            // Handed over is in memory here, and the rest of a cycle may be under way.
            try await eventually("what was handed over arrives", within: 15) {
                try scene.balance(through: told).lost == 0
            }
            var balance = try scene.balance(through: told)
            #expect(balance.doubled == 0, "\(balance)")
            #expect(try agent.lines("condition=disk").count == 1)

            try await scene.disk.mend()
            let mended = Date()
            try await agent.shows("all is well", within: 20) { $0.healthy && $0.inMemory == 0 }
            let recovered = Date().timeIntervalSince(mended)
            #expect(try agent.lines("condition=disk").count == 2)
            // It is the new mount that has them: the next agent finds them there.
            scene.receiver.refuse(503)
            let last = try await agent.shows("payloads wait on disk again", within: 30) { $0.onDisk >= 6 }
            try await agent.die()
            scene.receiver.refuse(nil)
            let again = try await scene.start()
            try await again.shows("all arrived", within: 60) { $0.waiting == 0 }
            balance = try scene.balance(through: handedOver(last))
            #expect(balance.lost == 0, "\(balance)")
            // What was delivered while the disk could not be told so.
            print("FAULT \(name): waiting \(before.waiting), \(balance), recovered in \(seconds(recovered)) s")
            try await again.stop()
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func readOnlyAtTheStart() async throws {
        try await withDisk { scene in
            let name = "disk is read-only at the start"
            try await scene.disk.remount("ro")
            let agent = try await scene.start()
            try await eventually("samples arrive from memory", within: 20) {
                guard agent.isRunning else { throw CommandError(description: "it ended: \(try agent.log)") }
                return scene.receiver.samples.count >= 60
            }
            try await agent.shows("the disk is told", within: 10) { $0.diskProblem != nil }
            #expect(await agent.health() == 503)
            try await scene.disk.remount("rw")
            let mended = Date()
            try await agent.shows("all is well", within: 20) { $0.healthy && $0.inMemory == 0 }
            let recovered = Date().timeIntervalSince(mended)
            let lines = try agent.lines("condition=disk")
            #expect(lines.count == 2, "\(lines)")
            scene.receiver.refuse(503)
            let last = try await agent.shows("payloads wait on disk", within: 30) { $0.onDisk >= 6 }
            try await agent.die()
            scene.receiver.refuse(nil)
            let again = try await scene.start()
            try await again.shows("all arrived", within: 60) { $0.waiting == 0 }
            let balance = try scene.balance(through: handedOver(last))
            #expect(balance.lost == 0, "\(balance)")
            #expect(balance.doubled <= Self.perPayload, "\(balance)")
            print("FAULT \(name): waiting \(last.waiting), \(balance), recovered in \(seconds(recovered)) s")
            try await again.stop()
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func aSecondAgentIsRefusedAndToldWhoTheFirstIs() async throws {
        let receiver = try await SampleReceiver()
        let folder = try TemporaryFolder()
        let first = try await RunningAgent(uri: "test:///default", url: receiver.url, in: folder)
        try await first.shows("the first runs", within: 20) { $0.cycles.polled >= 1 }
        let second = try await run(
            TestBed.aerostat, ["run", "--config-file", folder.path("ceilometer.conf")], within: 20)
        #expect(second.status == 1)
        #expect(second.errors.contains("\(folder.path("state")) is in use by another agent"))
        let named = try #require(second.errors.firstMatch(of: /process (\d+)/), "\(second.errors)")
        let command = try String(contentsOfFile: "/proc/\(named.1)/cmdline", encoding: .utf8)
        #expect(command.contains(folder.path("ceilometer.conf")))
        #expect(first.isRunning)
        try await first.stop()
        await receiver.stop()
    }
}
