import Foundation
import Glibc
import Testing

/// libvirtd restarted, killed, hung, and absent or hung when the agent starts.
@Suite struct DaemonFaultTests {
    private static let interval = 2
    /// The default of `libvirt_timeout`, which these tests leave alone.
    private static let call = 5.0

    @Test(.timeLimit(.minutes(6)))
    func libvirtdThatEndsOrHangs() async throws {
        let bed = try await TestBed.own(["idle", "fill", "none"])
        do {
            try await survive(bed)
        } catch {
            try await bed.down()
            throw error
        }
        try await bed.down()
    }

    private func survive(_ bed: TestBed) async throws {
        let receiver = try await SampleReceiver()
        let agent = try await RunningAgent(uri: bed.uri(), url: receiver.url, interval: Self.interval)
        for guest in ["idle", "fill"] { try await bed.ensureReports(guest) }
        var uuids: [String] = []
        for guest in ["idle", "fill", "none"] { uuids.append(try await bed.uuid(guest)) }
        let full = try await receiver.steady(uuids, without: [uuids[2]])
        let both = Guard(bed: bed, full: full)
        for (name, begin, end) in [
            ("libvirtd ends (SIGTERM)", nil, ["daemon-start"]),
            ("libvirtd dies (SIGKILL)", ["daemon-stop", "KILL"], ["daemon-start"]),
            ("libvirtd hangs (SIGSTOP)", ["daemon-hang"], ["daemon-unhang"]),
        ] as [(String, [String]?, [String])] where isFullTest || begin != nil {
            await fault(name) {
                let known = try agent.lines("condition=libvirt").count
                if let begin { try await bed.call(begin) } else { kill(try await bed.daemon(), SIGTERM) }
                try await both.recovers(name, agent, receiver, known: known, after: end)
            }
            try await mend(bed)
        }
        try await agent.stop()
        await receiver.stop()

        for (name, begin, end) in [
            ("libvirtd is absent at the start", ["daemon-stop", "KILL"], ["daemon-start"]),
            ("libvirtd hangs at the start", ["daemon-hang"], ["daemon-unhang"]),
        ] {
            await fault(name) {
                let receiver = try await SampleReceiver()
                try await bed.call(begin)
                let agent = try await RunningAgent(uri: bed.uri(), url: receiver.url, interval: Self.interval)
                try await both.recovers(name, agent, receiver, known: 0, after: end)
                let stopped = try await agent.stop()
                #expect(stopped.status == 0)
                await receiver.stop()
            }
            try await mend(bed)
        }
    }

    private func mend(_ bed: TestBed) async throws {
        // Also a daemon that a failed test left hung or dead.
        do { try await bed.call(["daemon-unhang"]) } catch is CommandError {}
        try await bed.call(["daemon-start"])
    }

    private struct Guard {
        let bed: TestBed
        let full: [String: Set<ReceivedCycle.Series>]
        /// How long a fault lasts at most that lets no cycle fail. Keep-alive ends calls after 15 s.
        private static let longest = isFullTest ? 30.0 : 6

        /// Waits until the agent says that libvirtd is away, ends that, and looks how the agent comes back.
        func recovers(
            _ name: String, _ agent: RunningAgent, _ receiver: SampleReceiver, known: Int, after end: [String]
        ) async throws {
            let began = Date()
            let failed = try await agent.page()?.cycles.failed ?? 0
            try await agent.shows("\(name): the agent is red", within: 25) { $0.problems["libvirt"] != nil }
            #expect(await agent.health() == 503, "\(name)")
            let told = Date().timeIntervalSince(began)
            // Long enough for a second line, if there were one, and for calls to pile up.
            try await eventually("\(name): it lasts for a while", within: 45) {
                guard let page = try await agent.page() else { return false }
                return page.cycles.failed >= failed + 2 || Date().timeIntervalSince(began) > Self.longest
            }
            #expect(agent.isRunning, "\(name)")
            let beginning = try agent.lines("condition=libvirt").dropFirst(known)
            #expect(beginning.count == 1, "\(name): \(beginning)")
            // One that was told to end may still be at it, for as long as half a minute.
            if end == ["daemon-start"] { try await bed.call(["daemon-stop", "KILL"]) }
            try await bed.call(end)
            let back = Date()
            var cycle: ReceivedCycle?
            try await eventually("\(name): the full list of instances", within: 40) {
                cycle = try receiver.cycles(since: began).first {
                    $0.at > began.timeIntervalSince1970 && $0.lacks(full).isEmpty
                }
                return cycle != nil
            }
            let cycles = try receiver.cycles(since: began)
            let first = try #require(cycles.first)
            #expect(full.keys.allSatisfy { first.series[$0] != nil }, "\(name): the first cycle has each instance")
            // A libvirtd that has just started holds guests' locks while it connects to their monitors.
            let firsts = cycles.prefix(end == ["daemon-start"] ? 2 : 1)
            #expect(
                firsts.contains { $0.lacks(full).isEmpty },
                "\(name): the first cycles afterwards lack \(firsts.map { $0.lacks(full) })")
            let recovered = max(0, (cycle?.at ?? 0) - back.timeIntervalSince1970)
            #expect(recovered <= Double(DaemonFaultTests.interval) + DaemonFaultTests.call, "\(name)")
            try await eventually("\(name): the agent is green", within: 10) { await agent.health() == 200 }
            let lines = try agent.lines("condition=libvirt").dropFirst(known)
            #expect(lines.count == 2, "\(name): \(lines)")
            let page = try await agent.shows("\(name): no call is left behind", within: 20) {
                $0.libvirt?.calls_left_behind ?? 0 == 0
            }
            #expect(page.libvirt != nil, "\(name): the status page tells no libvirt.calls_left_behind")
            print("FAULT \(name): told in \(seconds(told)) s, recovered in \(seconds(recovered)) s")
        }
    }
}

extension TestBed {
    /// The process of its libvirtd.
    fileprivate func daemon() async throws -> pid_t {
        guard let path = try await uri().firstMatch(of: /socket=(.*)\/libvirt-sock/),
            let pid = pid_t(
                try String(contentsOfFile: "\(path.1)/libvirtd.pid", encoding: .utf8).trimmingCharacters(
                    in: .whitespacesAndNewlines))
        else { throw CommandError(description: "the bed has no libvirtd.pid") }
        return pid
    }
}
