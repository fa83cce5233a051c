import Foundation
import Glibc
import Testing

/// QEMUs that hang, die, come and go: every other instance keeps its full set of samples, in every cycle, on time.
@Suite struct HungGuestTests {
    private static let guests = ["idle", "fill", "none", "plain-1", "plain-2", "plain-3"]
    /// Meters that a guest can have while its monitor is silent.
    private static let withoutMonitor: Set<String> = [
        "power.state", "vcpus", "memory", "cpu", "disk.root.size", "disk.ephemeral.size",
    ]
    private static let interval = 2
    /// With --full more than a cap of calls left behind would let pass if it grew with the cycles.
    private static let cycles = isFullTest ? 12 : 4

    /// A bed with an agent that polls it.
    private struct Scene {
        let bed: TestBed
        let receiver: SampleReceiver
        let agent: RunningAgent
        /// By guest.
        let uuids: [String: String]
        /// What each instance has when all is well.
        let full: [String: Set<ReceivedCycle.Series>]

        func uuid(_ guest: String) throws -> String {
            guard let uuid = uuids[guest] else { throw CommandError(description: "no guest \(guest)") }
            return uuid
        }

        func set(_ guests: [String]) throws -> Set<String> { Set(try guests.map(uuid)) }

        func end() async throws {
            let end = try await agent.stop()
            #expect(end.status == 0)
            await receiver.stop()
        }
    }

    @Test(.timeLimit(.minutes(6)))
    func hungGuestsHarmNobodyElse() async throws {
        let bed = try await TestBed.own(["idle", "fill", "none"], plain: 3)
        do {
            let scene = try await open(bed)
            if isFullTest {
                await fault("one hung QEMU") {
                    try await hang(["idle"], in: scene, name: "one hung QEMU", cycles: Self.cycles)
                }
                try await unhang(bed)
            }
            await fault("three hung QEMUs") {
                _ = try await scene.receiver.steady(Array(scene.uuids.values), without: scene.set(["none"]))
                try await hang(
                    ["fill", "none", "plain-1"], in: scene, name: "three hung QEMUs", cycles: Self.cycles)
            }
            try await unhang(bed)
            await fault("a hung QEMU is killed") { try await kill("plain-2", in: scene) }
            #expect(
                !scene.receiver.samples.contains { $0.name == "memory.resident" && $0.volume == 0 },
                "a resident set of 0 is what libvirt says of a hung QEMU that was killed")
            #expect(
                !scene.receiver.samples.contains { $0.name == "cpu" && $0.volume == 0 },
                "as a CPU time of 0")
            try await scene.end()
            await fault("a QEMU hangs when the agent starts") { try await startBeside("plain-1", in: scene) }
            try await unhang(bed)
            if isFullTest {
                await fault("guests come and go") { try await comeAndGo("plain-3", in: scene, dead: "plain-2") }
            }
        } catch {
            try await bed.down()
            throw error
        }
        try await bed.down()
    }

    /// More guests hang than calls may be left behind: the agent says so, keeps what it has, and starts again.
    @Test(.timeLimit(.minutes(8)), .enabled(if: isFullTest, "ten guests must hang: with --full"))
    func moreHangThanCallsMayBeLeftBehind() async throws {
        let bed = try await TestBed.own(["idle"], plain: 11)
        do {
            try await exhaust(bed)
        } catch {
            try await bed.down()
            throw error
        }
        try await bed.down()
    }

    private func open(_ bed: TestBed) async throws -> Scene {
        let receiver = try await SampleReceiver()
        // libvirt_timeout as it comes.
        let agent = try await RunningAgent(uri: bed.uri(), url: receiver.url, interval: Self.interval)
        var uuids: [String: String] = [:]
        for guest in Self.guests {
            uuids[guest] = try await bed.uuid(guest)
            if guest != "none" { try await bed.ensureReports(guest) }
        }
        let none = try await bed.uuid("none")
        let full = try await receiver.steady(Array(uuids.values), without: [none])
        return Scene(bed: bed, receiver: receiver, agent: agent, uuids: uuids, full: full)
    }

    private func unhang(_ bed: TestBed) async throws {
        for guest in Self.guests {
            // One of them is dead.
            do { try await bed.call(["unhang", guest]) } catch let error as CommandError {
                guard "\(error)".contains("no QEMU process") else { throw error }
            }
        }
    }

    // MARK: - hung while the agent runs

    private func hang(_ guests: [String], in scene: Scene, name: String, cycles count: Int) async throws {
        let hung = try scene.set(guests)
        let before = try await #require(scene.agent.page())
        let start = Date()
        for guest in guests {
            try await scene.bed.call(["hang", guest])
            // One after the other: a cycle that meets several for the first time gives up on them in turn.
            if guest != guests.last { _ = try await scene.receiver.cycles(1, since: .now, within: 20) }
        }
        let began = Date()
        var left: [Int] = []
        // Far longer than it may take, so that what is wrong is told cycle by cycle.
        try await eventually("\(count) cycles", within: Double(count * Self.interval + 8 * guests.count + 10)) {
            if let calls = try await scene.agent.page()?.libvirt?.calls_left_behind { left.append(calls) }
            return try scene.receiver.cycles(since: began).count >= count
        }
        let cycles = try scene.receiver.cycles(since: began)
        let all = try scene.receiver.cycles(since: start)
        expectFull(all, scene.full, but: hung, name)
        expectOnTime(all, since: start, name)
        for uuid in hung { expectWithoutMonitor(cycles, uuid, name) }
        let page = try await #require(scene.agent.page())
        #expect(page.cycles.missed == before.cycles.missed, "\(name): cycles were missed")
        #expect(!left.isEmpty, "\(name): the status page tells no libvirt.calls_left_behind")
        #expect(left.allSatisfy { $0 <= hung.count }, "\(name): calls left behind: \(left)")
        for uuid in hung {
            let lines = try busy(uuid, scene.agent)
            #expect(lines.count == 1, "\(name): \(lines)")
            #expect(lines.allSatisfy { $0.contains(/busy_s=\d|\d+(\.\d+)? s/) }, "\(name): for how long? \(lines)")
        }

        for guest in guests { try await scene.bed.call(["unhang", guest]) }
        let mended = Date()
        let after = try await scene.receiver.cycles(3, since: mended, within: 30)
        let back = after.first { $0.lacks(scene.full.filter { hung.contains($0.key) }).isEmpty }
        #expect(
            after[1].lacks(scene.full).isEmpty, "\(name): the second cycle afterwards: \(after[1].lacks(scene.full))")
        expectFull(after, scene.full, but: hung, "\(name), afterwards")
        expectOnTime(after, since: mended, "\(name), afterwards")
        for uuid in hung {
            var lines: [String] = []
            try await eventually("\(name): the end of it is logged", within: 5) {
                lines = try busy(uuid, scene.agent)
                return lines.count >= 2
            }
            #expect(lines.count == 2, "\(name): \(lines)")
        }
        try await scene.agent.shows("\(name): no call is left behind any more", within: 10) {
            $0.libvirt?.calls_left_behind == 0
        }
        let recovered = back.map { seconds($0.at - mended.timeIntervalSince1970) } ?? "-"
        print(
            "FAULT \(name): \(cycles.count) cycles, most calls left behind \(left.max() ?? -1), recovered in \(recovered) s"
        )
    }

    /// The lines that tell of a guest whose monitor is silent.
    private func busy(_ uuid: String, _ agent: RunningAgent) throws -> [String] {
        try agent.lines(uuid).filter { $0.contains("busy") || $0.contains("monitor") }
    }

    private func expectFull(
        _ cycles: [ReceivedCycle], _ full: [String: Set<ReceivedCycle.Series>], but exempt: Set<String>, _ name: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for (index, cycle) in cycles.enumerated() {
            let lacks = cycle.lacks(full, but: exempt)
            #expect(lacks.isEmpty, "\(name): cycle \(index + 1) lacks \(lacks)", sourceLocation: sourceLocation)
        }
    }

    private func expectOnTime(
        _ cycles: [ReceivedCycle], since start: Date, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let moments = [start.timeIntervalSince1970] + cycles.map(\.at)
        let gaps = zip(moments, moments.dropFirst()).map { $1 - $0 }
        let shown = gaps.map(seconds)
        #expect(
            (gaps.first ?? 0) < Double(Self.interval) + 0.5, "\(name): the first cycle is late: \(shown)",
            sourceLocation: sourceLocation)
        #expect(
            gaps.dropFirst().allSatisfy { abs($0 - Double(Self.interval)) < 0.5 },
            "\(name): seconds between cycles: \(shown)", sourceLocation: sourceLocation)
    }

    private func expectWithoutMonitor(
        _ cycles: [ReceivedCycle], _ uuid: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for (index, cycle) in cycles.enumerated() {
            let meters = cycle.meters(of: uuid)
            #expect(
                meters.isSuperset(of: ["power.state", "vcpus"]),
                "\(name): cycle \(index + 1) of the hung one has only \(meters.sorted())",
                sourceLocation: sourceLocation)
            #expect(
                meters.isSubset(of: Self.withoutMonitor),
                "\(name): cycle \(index + 1) of the hung one has \(meters.subtracting(Self.withoutMonitor).sorted())",
                sourceLocation: sourceLocation)
        }
    }

    // MARK: - killed, there from the start, coming and going

    private func kill(_ guest: String, in scene: Scene) async throws {
        let name = "a hung QEMU is killed"
        let uuid = try scene.uuid(guest)
        _ = try await scene.receiver.steady(Array(scene.uuids.values), without: scene.set(["none"]))
        try await scene.bed.call(["hang", guest])
        let hung = Date()
        let during = try await scene.receiver.cycles(2, since: hung, within: 25)
        expectFull(during, scene.full, but: [uuid], name)
        expectOnTime(during, since: hung, name)
        try await scene.bed.call(["kill", guest])
        let killed = Date()
        let after = try await scene.receiver.cycles(3, since: killed, within: 30)
        expectFull(after, scene.full, but: [uuid], "\(name), afterwards")
        expectOnTime(after, since: killed, "\(name), afterwards")
        // It is shut off now.
        let last = try #require(after.last)
        #expect(last.meters(of: uuid) == ["disk.root.size", "disk.ephemeral.size"], "\(name)")
        let gone = after.first { !$0.meters(of: uuid).contains("power.state") }
        print("FAULT \(name): recovered in \(gone.map { seconds($0.at - killed.timeIntervalSince1970) } ?? "-") s")
    }

    private func startBeside(_ guest: String, in scene: Scene) async throws {
        let name = "a QEMU hangs when the agent starts"
        let dead = try scene.uuid("plain-2")
        let full = scene.full.filter { $0.key != dead }
        let uuid = try scene.uuid(guest)
        try await scene.bed.call(["hang", guest])
        let receiver = try await SampleReceiver()
        let began = Date()
        let agent = try await RunningAgent(uri: scene.bed.uri(), url: receiver.url, interval: Self.interval)
        let cycles = try await receiver.cycles(isFullTest ? 12 : 3, since: began, within: 45)
        expectFull(cycles, full, but: [uuid], name)
        // The first is made at once, the second at the interval's next tick, or at the one after if that came meanwhile.
        #expect(cycles[1].at - cycles[0].at < Double(2 * Self.interval), "\(name)")
        expectOnTime(Array(cycles.dropFirst(2)), since: Date(timeIntervalSince1970: cycles[1].at), name)
        expectWithoutMonitor(cycles, uuid, name)
        let lines = try busy(uuid, agent)
        #expect(lines.count == 1, "\(name): \(lines)")
        try await scene.bed.call(["unhang", guest])
        let mended = Date()
        let after = try await receiver.cycles(2, since: mended, within: 20)
        #expect(after[1].lacks(full).isEmpty, "\(name): the second cycle afterwards: \(after[1].lacks(full))")
        let back = after.first { $0.lacks(full).isEmpty }
        print("FAULT \(name): recovered in \(back.map { seconds($0.at - mended.timeIntervalSince1970) } ?? "-") s")
        try await agent.stop()
        await receiver.stop()
    }

    private func comeAndGo(_ guest: String, in scene: Scene, dead: String) async throws {
        let name = "guests come and go"
        let receiver = try await SampleReceiver()
        let agent = try await RunningAgent(uri: scene.bed.uri(), url: receiver.url, interval: 1)
        let restless = try scene.uuid(guest)
        let gone = try scene.uuid(dead)
        let uuids = scene.uuids.values.filter { $0 != gone }
        let full = try await receiver.steady(Array(uuids), without: scene.set(["none"]))
        let instance = try await scene.bed.name(guest)
        // One that is defined nowhere, and is gone for good each time.
        let transient = UUID().uuidString.lowercased()
        try agent.folder.write("transient.xml", Self.transient(transient))
        let began = Date()
        let end = ContinuousClock.now + .seconds(10)
        var rounds = 0
        while rounds < 2 || ContinuousClock.now < end {
            try await scene.bed.virsh("destroy", instance)
            try await scene.bed.virsh("create", agent.folder.path("transient.xml"))
            try await scene.bed.virsh("start", instance)
            try await scene.bed.virsh("destroy", transient)
            rounds += 1
        }
        let settled = Date()
        let after = try await receiver.cycles(2, since: settled, within: 10)
        let cycles = try receiver.cycles(since: began)
        expectFull(cycles, full, but: [restless], name)
        let gaps = zip(cycles, cycles.dropFirst()).map { $1.at - $0.at }
        // libvirt holds the lock of a guest while it starts its QEMU, for which a bulk call waits: on a slow machine that
        // costs a tick. A call that overran its deadline would cost five.
        #expect(gaps.allSatisfy { $0 < 5 }, "\(name): seconds between cycles: \(gaps.map(seconds))")
        #expect(after[1].meters(of: restless).contains("memory.resident"), "\(name): it is there at the end")
        #expect(try await agent.page()?.healthy == true)
        #expect(!receiver.samples.contains { $0.name == "memory.resident" && $0.volume == 0 })
        print("FAULT \(name): \(rounds) rounds in \(cycles.count) cycles")
        try await agent.stop()
        await receiver.stop()
    }

    private static func transient(_ uuid: String) -> String {
        """
        <domain type='qemu'><name>instance-0000ffff</name><uuid>\(uuid)</uuid>
        <metadata><nova:instance xmlns:nova="http://openstack.org/xmlns/libvirt/nova/1.1"><nova:name>fleeting</nova:name>
        <nova:flavor name="m1" id="1"><nova:memory>32</nova:memory><nova:disk>1</nova:disk><nova:vcpus>1</nova:vcpus>
        </nova:flavor><nova:owner><nova:user uuid="u"/><nova:project uuid="p"/></nova:owner></nova:instance></metadata>
        <memory unit='MiB'>32</memory><os><type arch='x86_64' machine='pc'>hvm</type></os>
        <devices><emulator>/usr/bin/qemu-system-x86_64</emulator><controller type='usb' model='none'/>
        <memballoon model='virtio'/></devices></domain>
        """
    }

    // MARK: - too many

    private func exhaust(_ bed: TestBed) async throws {
        let name = "ten hung QEMUs"
        let folder = try TemporaryFolder()
        let witness = Witness(in: folder)
        let receiver = try await SampleReceiver()
        let sound = [try await bed.uuid("idle"), try await bed.uuid("plain-11")]
        let agent = try await RunningAgent(
            uri: bed.uri(), url: witness.url(beside: receiver.url), interval: Self.interval, in: folder)
        let full = try await receiver.steady(sound)
        receiver.refuse(503)
        try await agent.shows("payloads wait", within: 20) { $0.onDisk >= 2 }
        for number in 1...10 { try await bed.call(["hang", "plain-\(number)"]) }
        let began = Date()
        var wasRed = false
        try await eventually("the agent is red or ends", within: 120) {
            if await agent.health() == 503, let page = try await agent.page() {
                // The collector, which refuses, is a problem of its own.
                wasRed =
                    wasRed || page.problems.contains { !$0.key.hasPrefix("delivery") && !$0.key.hasPrefix("schedule") }
            }
            return wasRed || !agent.isRunning
        }
        let told = Date().timeIntervalSince(began)
        let handedOver = try #require(try witness.samples().map { try moment($0.timestamp) }.max())
        if agent.isRunning {
            // Without a supervisor it may go on; what it has must outlive its end all the same.
            try await agent.die()
        } else {
            #expect(try await agent.stop().status == 1)
            let last = try agent.log.split(separator: "\n").last ?? ""
            #expect(last.contains("restart") && last.contains("call"), "\(name): \(last)")
            // Those whose calls have not returned, by libvirt's name and UUID.
            var named = 0
            for number in 1...10 {
                let guest = try await "\(bed.name("plain-\(number)")) (\(bed.uuid("plain-\(number)")))"
                if last.contains(guest) { named += 1 }
            }
            #expect(named == 8, "\(name): \(named) are named: \(last)")
        }
        receiver.refuse(nil)
        let again = try await RunningAgent(
            uri: bed.uri(), url: witness.url(beside: receiver.url), interval: Self.interval, in: folder)
        let restarted = Date()
        let cycles = try await receiver.cycles(3, since: restarted, within: 60)
        for (index, cycle) in cycles.enumerated() {
            #expect(cycle.lacks(full).isEmpty, "\(name): cycle \(index + 1) after the restart: \(cycle.lacks(full))")
        }
        try await again.shows("nothing waits", within: 30) { $0.waiting == 0 }
        let balance = Balance(expected: try witness.ids(through: handedOver - 0.001), received: receiver.samples)
        #expect(balance.lost == 0, "\(name): \(balance)")
        print("FAULT \(name): red \(wasRed), told in \(seconds(told)) s, \(balance)")
        for number in 1...10 { try await bed.call(["unhang", "plain-\(number)"]) }
        try await again.stop()
        await receiver.stop()
    }
}
