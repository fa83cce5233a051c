import Compute
import Foundation
import Hypervisor
import Logging
import Outbox
@testable import Pipeline
import Synchronization
import Telemetry
import TestServers
import Testing

@testable import Agent

/// The poll as a whole, with a hypervisor of the test's own.
@Suite(.timeLimit(.minutes(1)))
struct PollingEngineTests {
    /// A hypervisor that answers as it is told, poll by poll.
    private final class ScriptedHypervisor: Hypervisor {
        enum Answer: Sendable {
            case domains(Int)
            case failure(HypervisorError)
            /// It does not return before the task is cancelled.
            case hang
        }

        private let state: Mutex<(answers: [Answer], reads: Int)>

        /// The last answer is given again and again.
        init(_ answers: [Answer]) { state = Mutex((answers, 0)) }

        var reads: Int { state.withLock { $0.reads } }

        func read(_ groups: StatisticsGroups) async throws(HypervisorError) -> Reading {
            let answer = state.withLock { state in
                state.reads += 1
                return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
            }
            switch answer {
            case .failure(let error): throw error
            case .hang:
                do { try await Task.sleep(for: .seconds(3600)) } catch {}
                throw HypervisorError(.timedOut, "it hung")
            case .domains(let count):
                let domains = (0..<count).map { index in
                    let uuid = "00000000-0000-4000-8000-00000000000\(index)"
                    var stats = DomainStats()
                    stats.set("state.state", .integer(1))
                    stats.set("vcpu.current", .integer(2))
                    return DomainReading(
                        domain: Domain(uuid: uuid, name: "instance-\(index)", id: 1, xml: Self.xml), stats: stats)
                }
                return Reading(at: WallClock.now, host: "h", domains: domains, calls: 1)
            }
        }

        func close() async {}

        private static let xml = """
            <domain type='kvm'><name>i</name><metadata>\
            <nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'><nova:name>one</nova:name>\
            <nova:flavor name='m1'><nova:memory>512</nova:memory><nova:disk>1</nova:disk><nova:vcpus>2</nova:vcpus>\
            </nova:flavor><nova:owner><nova:user uuid='u'/><nova:project uuid='p'/></nova:owner></nova:instance>\
            </metadata><os><type arch='x86_64'>hvm</type></os><devices/></domain>
            """
    }

    /// Keeps the payloads that it is asked to deliver.
    private final class Receiver: Publisher {
        let identity = "test://receiver"
        let needsDurability = false
        private let bodies = Mutex<[[UInt8]]>([])

        var received: [String] { bodies.withLock { $0.map { String(decoding: $0, as: UTF8.self) } } }

        func payloads(for samples: [Sample]) -> [Payload] {
            guard let first = samples.first, let last = samples.last else { return [] }
            let names = samples.map(\.meter.name).joined(separator: " ")
            return [
                Payload(
                    body: Array(names.utf8), samples: samples.count, first: first.timestamp, last: last.timestamp)
            ]
        }

        func payloads(forEnded instances: [EndedInstance]) -> [Payload] { [] }

        func deliver(_ payload: Payload) async -> Delivery {
            bodies.withLock { $0.append(payload.body) }
            return .delivered
        }

        func split(_ payload: Payload) -> (Payload, Payload)? { nil }
    }

    /// An engine with all that it needs.
    private struct Bench {
        let engine: PollingEngine
        let board: StatusBoard
        let receiver = Receiver()
        let outbox: Outbox
        let lines = LogLines()
        let watch: PollWatch

        init(_ hypervisor: any Hypervisor, intervals: [Int] = [1], clock: ManualClock? = nil) async throws {
            let lines = lines
            let logger = Logger(label: "test") { _ in
                LineLogHandler(level: { .info }, sink: { lines.add($0) })
            }
            board = StatusBoard(version: "1", host: "h", logger: logger)
            outbox = try await Outbox.open(
                directory: nil, limits: OutboxLimits(maxBytes: 1 << 20, maxAge: nil), publishers: [receiver],
                now: { WallClock.now }, report: { _ in })
            if let clock { watch = PollWatch(now: { clock.now }) } else { watch = PollWatch() }
            let board = board
            let watch = watch
            board.published.change { $0.polls = watch }
            let plan = intervals.enumerated().map { index, interval in
                PollingTask(interval: interval, sources: ["s"], meters: [index == 0 ? "vcpus" : "power.state"])
            }
            let sinks = SinkRouter(
                [(Pipeline(name: "s:k", meters: MeterFilter(["*"]), sink: "k"), [receiver])], longestInterval: 60)
            engine = PollingEngine(
                plan: plan, rules: SampleRules(host: HostIdentity(host: "h", sampleSource: "openstack")),
                hypervisor: hypervisor, cloud: nil, departures: nil, sinks: sinks, outbox: outbox, board: board,
                watch: watch, logger: logger)
        }

        var problems: [String: String] { board.published.current.problems(at: .now) }
    }

    private final class LogLines: Sendable {
        private let kept = Mutex<[String]>([])
        var all: [String] { kept.withLock { $0 } }
        func add(_ line: String) { kept.withLock { $0.append(line) } }
        func count(_ part: String) -> Int { all.count { $0.contains(part) } }
    }

    private func eventually(_ what: String, _ condition: () -> Bool) async throws {
        while !condition() {
            // The suite's limit ends it.
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// The first poll is at once and is one line; those behind it are none.
    @Test func theFirstPollIsOneLine() async throws {
        let hypervisor = ScriptedHypervisor([.domains(2)])
        let bench = try await Bench(hypervisor)
        let polling = Task { await bench.engine.run() }
        try await eventually("three polls") { bench.board.published.current.report.cycles.polled >= 3 }
        polling.cancel()
        _ = await polling.value
        #expect(bench.lines.count("first poll") == 1)
        let line = try #require(bench.lines.all.first { $0.contains("first poll") })
        for part in ["notice", "instances=2", "domains=2", "samples=2", "missing=0"] { #expect(line.contains(part)) }
        try await eventually("what was polled is delivered") { bench.receiver.received.count >= 3 }
        #expect(Set(bench.receiver.received) == ["vcpus vcpus"])
        await bench.outbox.stop(within: .zero)
    }

    /// Tasks that are due together are polled from one reading.
    @Test func oneReadingServesAllTasks() async throws {
        let hypervisor = ScriptedHypervisor([.domains(1), .failure(HypervisorError(.ended, "over"))])
        let bench = try await Bench(hypervisor, intervals: [1, 2])
        guard case .ended = await bench.engine.run() else {
            Issue.record("the recording has an end")
            return
        }
        #expect(hypervisor.reads == 2)
        try await eventually("both are delivered") { bench.receiver.received.count == 2 }
        #expect(Set(bench.receiver.received) == ["vcpus", "power.state"])
        await bench.outbox.stop(within: .zero)
    }

    /// A poll that fails is told once, and polling goes on.
    @Test func aFailureIsOneLineAndIsOver() async throws {
        let failure = HypervisorError(.unreachable, "no socket")
        let hypervisor = ScriptedHypervisor([.failure(failure), .failure(failure), .domains(1)])
        let bench = try await Bench(hypervisor)
        let polling = Task { await bench.engine.run() }
        try await eventually("it is told") { bench.problems["libvirt"] == "no socket" }
        try await eventually("it is over") { bench.board.published.current.report.cycles.polled >= 1 }
        polling.cancel()
        _ = await polling.value
        #expect(bench.problems["libvirt"] == nil)
        #expect(bench.lines.count("no socket") == 1 && bench.lines.count("polling again") == 1)
        #expect(bench.board.published.current.report.cycles.failed == 2)
        await bench.outbox.stop(within: .zero)
    }

    @Test func aHypervisorThatIsExhaustedEndsIt() async throws {
        let bench = try await Bench(ScriptedHypervisor([.failure(HypervisorError(.exhausted, "eight calls"))]))
        guard case .exhausted("eight calls") = await bench.engine.run() else {
            Issue.record("it must end")
            return
        }
        #expect(bench.problems["libvirt"] == "eight calls")
        await bench.outbox.stop(within: .zero)
    }

    /// A hypervisor that hangs beyond its own deadline: `/health` is red all the same.
    @Test func aPollThatHangsIsAProblem() async throws {
        let hypervisor = ScriptedHypervisor([.domains(1), .hang])
        let clock = ManualClock()
        let bench = try await Bench(hypervisor, clock: clock)
        let polling = Task { await bench.engine.run() }
        try await eventually("the second poll hangs") { hypervisor.reads == 2 }
        #expect(bench.problems.isEmpty)
        // Its tick, its interval and the margin.
        clock.advance(by: .seconds(1 + 1 + 5))
        #expect(bench.problems.keys.sorted() == ["polling"])
        #expect(bench.problems["polling"]?.contains("one is due every 1 s") == true)
        polling.cancel()
        _ = await polling.value
        #expect(bench.problems.isEmpty, "a poll that is no longer wanted is not missed")
        await bench.outbox.stop(within: .zero)
    }

    /// Late cycles and punctual ones that take turns are one episode.
    @Test func lateCyclesThatTakeTurnsAreOneLine() async throws {
        let bench = try await Bench(ScriptedHypervisor([.domains(1)]))
        for _ in 0..<50 {
            await bench.board.missed(1)
            await bench.board.missed(0)
            #expect(bench.problems["schedule"] != nil)
        }
        for _ in 0..<3 { await bench.board.missed(0) }
        #expect(bench.problems.isEmpty)
        #expect(bench.lines.count("condition=schedule") == 2)
        await bench.outbox.stop(within: .zero)
    }

    /// A reload that failed stays visible until one is good.
    @Test func aFailedReloadIsAProblem() async throws {
        let bench = try await Bench(ScriptedHypervisor([.domains(1)]))
        let folder = try ConfigurationFolder(["polling.yaml": "x"])
        var report = ConfigurationReport(
            files: [folder.path + "/polling.yaml", "/nonexistent"], loadedAt: Timestamp(seconds: 1_795_000_000))
        await bench.board.note(report)
        #expect(bench.problems.isEmpty)
        report.lastReload = ConfigurationReport.Reload(
            at: Timestamp(seconds: 1_795_000_100), errors: ["polling.yaml:4:15: interval is '5m'", "another"])
        await bench.board.note(report)
        let problem = try #require(bench.problems["reload"])
        #expect(problem.contains("polling.yaml:4:15: interval is '5m' (and 1 more)"))
        let json = try #require(
            JSONSerialization.jsonObject(
                with: Data(bench.board.published.current.json(queues: [], at: .now).joined())) as? [String: Any])
        #expect(json["healthy"] as? Bool == false)
        let configuration = try #require(json["configuration"] as? [String: Any])
        #expect(configuration["loaded_at"] as? String == "2026-11-18T11:06:40Z")
        let files = try #require(configuration["files"] as? [[String: Any]])
        #expect(files.map { $0["path"] as? String } == [folder.path + "/polling.yaml", "/nonexistent"])
        #expect(files[0]["modified_at"] is String && files[1]["modified_at"] is NSNull)
        let reload = try #require(configuration["last_reload"] as? [String: Any])
        #expect(reload["ok"] as? Bool == false)
        #expect(reload["errors"] as? [String] == ["polling.yaml:4:15: interval is '5m'", "another"])
        report.lastReload = ConfigurationReport.Reload(at: Timestamp(seconds: 1_795_000_200))
        await bench.board.note(report)
        #expect(bench.problems.isEmpty)
        await bench.outbox.stop(within: .zero)
    }
}
