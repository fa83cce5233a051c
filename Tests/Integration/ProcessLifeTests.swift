import Foundation
import Glibc
import TestServers
import Testing

/// The process itself: its signals, its log and its reloads, on a host that is a recording.
@Suite struct ProcessLifeTests {
    private static func recording(in folder: TemporaryFolder) throws -> String {
        try RecordedHost(
            domains: [(uuid: "6e7c0001-0000-4000-8000-000000000001", flavor: "m1.tiny")], user: "u", project: "p"
        ).write(to: folder, host: "test-host")
    }

    private func agent(
        _ receiver: SampleReceiver, others: [String] = [], meters: String = "vcpus", settings: String = "",
        environment: [String: String] = [:], in folder: TemporaryFolder? = nil
    ) async throws -> RunningAgent {
        let folder = try folder ?? TemporaryFolder()
        return try await RunningAgent(
            uri: "test:///default", url: receiver.url, others: others, meters: meters, settings: settings,
            arguments: ["--replay", try Self.recording(in: folder)], environment: environment, in: folder)
    }

    /// Waits for a state of a process that lasts only a moment.
    private func catches(_ what: String, _ condition: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while try !condition() {
            guard ContinuousClock.now < deadline else { throw CommandError(description: "not within 30 s: \(what)") }
            usleep(500)
        }
    }

    /// Whether a process has a thread of that name.
    private func has(_ thread: String, _ process: pid_t) throws -> Bool {
        guard let tasks = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task") else {
            return false
        }
        return tasks.contains { id in
            FileManager.default.contents(atPath: "/proc/\(process)/task/\(id)/comm") == Data("\(thread)\n".utf8)
        }
    }

    // MARK: The log

    /// A pipe that stands for standard error and has room for little.
    private final class StalledPipe {
        let path: String
        private let descriptor: CInt

        init(_ path: String) throws {
            self.path = path
            guard mkfifo(path, 0o600) == 0 else { throw CommandError(description: "mkfifo \(path): \(errno)") }
            descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
            // F_SETPIPE_SZ: one page.
            guard descriptor >= 0, fcntl(descriptor, 1031, 4096) >= 4096 else {
                throw CommandError(description: "\(path): \(errno)")
            }
        }

        deinit { close(descriptor) }

        /// How many bytes wait in it.
        var waiting: Int {
            var count: CInt = 0
            return ioctl(descriptor, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
        }

        /// What is in it now.
        func read() -> String {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
                bytes += buffer[..<count]
            }
        }
    }

    /// Publishers whose outages make lines of forty kilobytes each: more than the log holds in memory.
    private var talkative: [String] {
        (0..<80).map { "http://127.0.0.1:1/\($0)/" + String(repeating: "x", count: 20_000) + "?max_retries=0" }
    }

    /// B2: polling, delivery and signals go on while nobody reads the log, and the lost lines are counted.
    @Test(.timeLimit(.minutes(8))) func aLogThatNobodyReadsStopsNothing() async throws {
        let receiver = try await SampleReceiver()
        let folder = try TemporaryFolder()
        let pipe = try StalledPipe(folder.path("log"))
        let agent = try await agent(receiver, others: talkative, in: folder)
        try await eventually("the pipe is full", within: 240) { pipe.waiting > 2000 }
        let count = receiver.bodies.count
        try await eventually("samples go on to arrive", within: 60) { receiver.bodies.count >= count + 4 }
        #expect(await agent.health() == 503)
        // It is read again: the lines that were kept come, in order, and then how many were not.
        var text = ""
        try await eventually("the lost lines are counted", within: 60) {
            text += pipe.read()
            return text.contains("log lines were dropped")
        }
        let lines = text.split(separator: "\n")
        #expect(lines.first?.contains(" notice starting ") == true)
        let note = try #require(lines.first { $0.contains("log lines were dropped") })
        let lost = try #require(note.firstMatch(of: /warning .* lines=(\d+)/).flatMap { Int($0.1) })
        #expect(lost > 0)
        agent.signal(SIGTERM)
        try await eventually("it ends", within: 15) {
            _ = pipe.read()
            return !agent.isRunning
        }
        #expect(agent.exitStatus == 0)
        await receiver.stop()
    }

    /// SIGTERM ends an agent whose log nobody reads.
    @Test(.timeLimit(.minutes(6))) func aLogThatNobodyReadsDelaysNoEnd() async throws {
        let receiver = try await SampleReceiver()
        let folder = try TemporaryFolder()
        let pipe = try StalledPipe(folder.path("log"))
        let agent = try await agent(receiver, others: talkative, in: folder)
        try await eventually("the pipe is full", within: 240) { pipe.waiting > 2000 && receiver.bodies.count >= 2 }
        let end = try await agent.stop()
        #expect(end.status == 0 && end.seconds < 7, "\(end)")
        await receiver.stop()
    }

    /// Under systemd lines have priorities, and no time of their own.
    @Test(.timeLimit(.minutes(1))) func theJournalGetsPriorities() async throws {
        let receiver = try await SampleReceiver()
        let folder = try TemporaryFolder()
        try folder.write("log", "")
        var status = stat()
        try #require(stat(folder.path("log"), &status) == 0)
        let agent = try await agent(
            receiver, environment: ["JOURNAL_STREAM": "\(status.st_dev):\(status.st_ino)"], in: folder)
        try await eventually("it polls", within: 30) { try agent.log.contains("first poll") }
        try await agent.stop()
        let lines = try agent.log.split(separator: "\n")
        #expect(lines.allSatisfy { $0.wholeMatch(of: /<[2-7]>[a-z].*/) != nil }, "\(lines)")
        #expect(lines.contains { $0.hasPrefix("<5>notice starting ") } && lines.last == "<5>notice stopped")
        #expect(lines.count { $0.contains("first poll") } == 1)
        await receiver.stop()
    }

    /// Whoever closes a standard stream gets no database in its place.
    @Test(.timeLimit(.minutes(1))) func aStandardStreamThatIsClosedStaysUnused() async throws {
        let folder = try TemporaryFolder()
        try RunningAgent.configure(folder, uri: "test:///default", url: "test://")
        let command = "\"$0\" samples --config-file \"$1\" --replay \"$2\""
        let arguments = [
            try TestBed.aerostat, folder.path("ceilometer.conf"), try Self.recording(in: folder),
        ]
        let open = try await run("/bin/sh", ["-c", command] + arguments)
        #expect(open.status == 0 && !open.output.isEmpty)
        let closed = try await run("/bin/sh", ["-c", "\(command) >&-"] + arguments)
        #expect(closed.status == 1 && closed.errors.contains("standard output"))
        // Ids and times are others each time.
        let other = try await run("/bin/sh", ["-c", "\(command) 2>&- <&-"] + arguments)
        #expect(
            other.status == 0 && other.output.split(separator: "\n").count == open.output.split(separator: "\n").count)
    }

    // MARK: Signals

    /// Configuration files that take a while to be read.
    private func slow(_ folder: TemporaryFolder) throws {
        let sources = (0..<1500).map { "  - {name: s\($0), interval: 1, meters: [vcpus]}" }.joined(separator: "\n")
        try folder.write("polling.yaml", "sources:\n\(sources)\n")
    }

    /// Starts an agent, and gives it a signal while it reads its configuration.
    private func signalled(_ number: CInt, _ receiver: SampleReceiver) async throws -> (ChildProcess, TemporaryFolder) {
        let folder = try TemporaryFolder()
        try RunningAgent.configure(
            folder, uri: "test:///default", url: receiver.url,
            settings: "[aerostat]\nstate_path = \(folder.path("state"))\n")
        try slow(folder)
        let process = try ChildProcess(
            try TestBed.aerostat,
            ["run", "--config-file", folder.path("ceilometer.conf"), "--replay", try Self.recording(in: folder)],
            environment: [:], output: folder.path("out"), errors: folder.path("log"))
        try catches("the process has its first thread") { try has("agent", process.identifier) || !process.isRunning }
        process.signal(number)
        return (process, folder)
    }

    @Test(.timeLimit(.minutes(2))) func aReloadInTheFirstMomentsIsOne() async throws {
        let receiver = try await SampleReceiver()
        let (process, folder) = try await signalled(SIGHUP, receiver)
        try await eventually("it polls", within: 60) { !receiver.bodies.isEmpty || !process.isRunning }
        #expect(process.isRunning, "status \(String(describing: process.status))")
        #expect(try String(contentsOfFile: folder.path("log"), encoding: .utf8).contains("reloading"))
        process.signal(SIGTERM)
        try await eventually("it ends", within: 15) { !process.isRunning }
        #expect(process.status == 0)
        await receiver.stop()
    }

    @Test(.timeLimit(.minutes(2))) func aStopInTheFirstMomentsIsOne() async throws {
        let receiver = try await SampleReceiver()
        let (process, _) = try await signalled(SIGTERM, receiver)
        try await eventually("it ends", within: 15) { !process.isRunning }
        #expect(process.status == 0)
        await receiver.stop()
    }

    /// At the limit of threads or memory an agent goes on, and ends when it is told to. (The queue of GRDB's that libdispatch
    /// does not give up without a thread is left to the limit of the end.)
    @Test(.timeLimit(.minutes(2))) func anEndNeedsNoNewThread() async throws {
        let receiver = try await SampleReceiver()
        let faults = try await HostFaults()
        let agent = try await agent(receiver, environment: faults.environment)
        try await eventually("samples arrive", within: 30) { receiver.bodies.count >= 2 }
        try faults.begin(.threads)
        let count = receiver.bodies.count
        try await eventually("samples go on to arrive", within: 30) { receiver.bodies.count >= count + 3 }
        let end = try await agent.stop()
        let log = try agent.log
        #expect(end.status == 0, "\(log)")
        #expect(end.seconds < 7)
        #expect(log.contains(" notice stopping") && !log.contains("Fatal error"))
        await receiver.stop()
    }

    // MARK: Reloads

    private struct Page: Decodable {
        let configuration: Configuration

        struct Configuration: Decodable {
            let loaded_at: String
            let files: [File]
            let last_reload: Reload?
        }

        struct File: Decodable {
            let path: String
            let modified_at: String?
        }

        struct Reload: Decodable {
            let ok: Bool
            let errors: [String]
        }
    }

    private func configuration(_ agent: RunningAgent) async throws -> Page.Configuration? {
        guard let body = await LoopbackClient.get(port: agent.statusPort, path: "/status") else { return nil }
        return try JSONDecoder().decode(Page.self, from: Data(body)).configuration
    }

    /// A reload that failed is on the status page and makes the health check red until one is good; the log says what the
    /// good one has changed.
    @Test(.timeLimit(.minutes(2))) func aFailedReloadStaysVisible() async throws {
        let receiver = try await SampleReceiver()
        let agent = try await agent(receiver)
        try await eventually("it is well", within: 30) { await agent.health() == 200 }
        let before = try #require(try await configuration(agent))
        #expect(before.last_reload == nil)
        #expect(before.files.map(\.path).contains(agent.folder.path("polling.yaml")))
        #expect(before.files.allSatisfy { $0.modified_at != nil })

        try agent.folder.write("polling.yaml", "sources:\n  - {name: all, interval: 5m, meters: [vcpus]}\n")
        agent.signal(SIGHUP)
        try await eventually("the health check is red", within: 30) { await agent.health() == 503 }
        let failed = try #require(try await configuration(agent))
        #expect(failed.last_reload?.ok == false && failed.loaded_at == before.loaded_at)
        #expect(failed.last_reload?.errors.first?.contains("polling.yaml:2:") == true)
        let lines = try agent.lines("polling.yaml:2:")
        #expect(
            lines.count == 1 && lines.allSatisfy { $0.contains(" error /") && !$0.contains(": error:") }, "\(lines)")

        try agent.folder.write("polling.yaml", "sources:\n  - {name: all, interval: 2, meters: [vcpus]}\n")
        agent.signal(SIGHUP)
        try await eventually("it is well again", within: 30) { await agent.health() == 200 }
        try await eventually("the reload is good", within: 30) {
            try await configuration(agent)?.last_reload?.ok == true
        }
        #expect(try agent.lines(" notice reloaded", "intervals=\"1 -> 2\"").count == 1)
        #expect(try agent.lines(" notice starting ").count == 1)
        try await agent.stop()
        await receiver.stop()
    }

    /// B3: a bad configuration and the corrected one right behind it, over and over.
    @Test(.timeLimit(.minutes(3))) func reloadsInARowEndInTheNewest() async throws {
        let receiver = try await SampleReceiver()
        let taken = try LoopbackServer()
        let agent = try await agent(receiver)
        try await eventually("samples arrive", within: 30) { !receiver.bodies.isEmpty }
        let conf = agent.folder.path("ceilometer.conf")
        let good = try String(contentsOfFile: conf, encoding: .utf8)
        let bad = good.replacing(
            "status_listen = 127.0.0.1:\(agent.statusPort)", with: "status_listen = 127.0.0.1:\(taken.port)")
        // A signal comes while another configuration is read.
        try slow(agent.folder)
        for round in 0..<8 {
            try agent.folder.write("ceilometer.conf", bad)
            agent.signal(SIGHUP)
            // Each round meets another moment of the bad agent's life.
            usleep(UInt32(round) * 15_000)
            try agent.folder.write("ceilometer.conf", good)
            agent.signal(SIGHUP)
            usleep(UInt32(round) * 10_000)
        }
        try agent.folder.write("polling.yaml", "sources:\n  - {name: all, interval: 1, meters: [power.state]}\n")
        agent.signal(SIGHUP)
        try await eventually("the newest runs", within: 60) {
            guard agent.isRunning else { throw CommandError(description: "it ended: \(try agent.log)") }
            return receiver.samples.contains { $0.name == "power.state" }
        }
        try await eventually("it is well", within: 30) { await agent.health() == 200 }
        let log = try agent.log
        #expect(!log.contains("is in use by another agent"))
        #expect(try await agent.stop().status == 0)
        taken.stop()
        await receiver.stop()
    }
}
