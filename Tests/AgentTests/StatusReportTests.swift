import Foundation
import Logging
import Telemetry
import Testing

@testable import Agent
@testable import Compute
@testable import Outbox

/// What `GET /status` answers, as a client reads it.
struct StatusReportTests {
    private let report = StatusReport(
        version: "1.2.3", host: "compute-\"1\"", startedAt: Timestamp(microseconds: 1_795_370_400_000_000))

    private func object(
        _ report: StatusReport, queues: [QueueSnapshot] = [], change: (inout StatusSnapshot) -> Void = { _ in }
    ) throws -> [String: Any] {
        var snapshot = StatusSnapshot(report)
        change(&snapshot)
        let body = Array(snapshot.json(queues: queues, at: .now).joined())
        #expect(body.last == UInt8(ascii: "\n"))
        return try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
    }

    @Test func atTheStart() throws {
        let object = try object(report)
        #expect(object["version"] as? String == "1.2.3")
        #expect(object["host"] as? String == "compute-\"1\"")
        #expect(object["started_at"] as? String == "2026-11-22T18:00:00Z")
        #expect(object["healthy"] as? Bool == true)
        #expect(object["problems"] as? [String: String] == [:])
        #expect(object["cycles"] as? [String: Int] == ["polled": 0, "failed": 0, "missed": 0])
        #expect(object["last_cycle"] is NSNull)
        #expect((object["queues"] as? [Any])?.isEmpty == true)
        #expect((object["instances"] as? [Any])?.isEmpty == true)
    }

    @Test func theCycles() throws {
        var report = report
        report.cycles = .init(polled: 3, failed: 2, missed: 1)
        report.lastCycle = .init(
            at: Timestamp(microseconds: 1_795_370_400_500_000), duration: 0.25, domains: 4, samples: 50,
            libvirtCalls: 2)
        let object = try object(report)
        #expect(object["cycles"] as? [String: Int] == ["polled": 3, "failed": 2, "missed": 1])
        let cycle = try #require(object["last_cycle"] as? [String: Any])
        #expect(cycle["at"] as? String == "2026-11-22T18:00:00.500000Z")
        #expect(cycle["duration_seconds"] as? Double == 0.25)
        #expect(cycle["domains"] as? Int == 4)
        #expect(cycle["samples"] as? Int == 50)
        #expect(cycle["libvirt_calls"] as? Int == 2)
    }

    @Test func problemsAreUnhealthy() throws {
        let problems = ["libvirt": "no socket\n\"x\"", "disk": "full"]
        let object = try object(report) { $0.conditions = problems }
        #expect(object["healthy"] as? Bool == false)
        #expect(object["problems"] as? [String: String] == problems)
    }

    @Test func instancesTellWhatTheyMissAndWhy() throws {
        let shutOff = MissingMeter(meter: "cpu", device: nil, reason: .shutOff)
        let old = MissingMeter(meter: "disk.device.read.bytes", device: "vda", reason: .noStatistics("block.0"))
        let reports = [
            InstanceReport(
                name: InstanceName(displayName: nil, libvirtName: "i-1", uuid: "u1"), projectID: "p1", samples: 0,
                missing: [shutOff, old]),
            InstanceReport(
                name: InstanceName(displayName: "Zoë's \u{1F600}", libvirtName: "i-2", uuid: "u2"), projectID: "p2",
                samples: 7, missing: []),
        ]
        let object = try object(report) { $0.instances = InstanceList([0: reports]) }
        let instances = try #require(object["instances"] as? [[String: Any]])
        #expect(instances.map { $0["uuid"] as? String } == ["u1", "u2"])
        #expect(instances.map { $0["project_id"] as? String } == ["p1", "p2"])
        #expect(instances.map { $0["samples"] as? Int } == [0, 7])
        #expect(instances[0]["name"] is NSNull)
        #expect(instances[1]["name"] as? String == "Zoë's \u{1F600}")
        #expect(instances.map { $0["libvirt_name"] as? String } == ["i-1", "i-2"])
        let missing = try #require(instances[0]["missing"] as? [[String: Any]])
        #expect(missing.map { $0["meter"] as? String } == ["cpu", "disk.device.read.bytes"])
        #expect(missing[0]["device"] is NSNull)
        #expect(missing[1]["device"] as? String == "vda")
        #expect(missing[0]["reason"] as? String == "the instance is shut off")
        #expect((missing[1]["reason"] as? String)?.contains("block.0") == true)
    }

    @Test func domainsThatYieldNothingAreThereWithTheirReason() throws {
        var report = report
        report.unpolled = [DomainNews(uuid: "u3", name: "db-1", problem: .noNovaMetadata)]
        let unpolled = try #require(try object(report)["unpolled"] as? [[String: String]])
        #expect(unpolled.map { $0["uuid"] } == ["u3"])
        #expect(unpolled[0]["libvirt_name"] == "db-1")
        #expect(unpolled[0]["reason"]?.contains("[compute] unmanaged_domains = true") == true)
    }

    @Test func theQueuesCounters() throws {
        let queue = QueueSnapshot(
            identity: "http://collector:8080/x", isConfigured: true, payloads: 1, samples: 2, bytes: 3,
            oldest: Timestamp(seconds: 0), inMemory: 4, delivered: 5, attempts: 6,
            lastAttempt: Timestamp(seconds: 60), nextAttempt: .now + .seconds(1000), quarantined: 7,
            quarantinedSamples: 8, droppedSamples: 9, lastError: nil)
        let queues = try #require(try object(report, queues: [queue])["queues"] as? [[String: Any]])
        let counters = try #require(queues.first)
        #expect(queues.count == 1)
        #expect(counters["publisher"] as? String == "http://collector:8080/x")
        #expect(counters["configured"] as? Bool == true)
        let numbers = [
            "waiting_payloads", "waiting_samples", "waiting_bytes", "in_memory_payloads", "delivered_payloads",
            "attempts", "quarantined_payloads", "quarantined_samples", "dropped_samples",
        ]
        #expect(numbers.map { counters[$0] as? Int } == [1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(counters["oldest_waiting"] as? String == "1970-01-01T00:00:00Z")
        #expect(counters["last_error"] is NSNull)
        #expect(counters["last_attempt"] as? String == "1970-01-01T00:01:00Z")
        // The seconds count down from 1,000 while the test runs.
        let wait = try #require(counters["next_attempt_in_seconds"] as? Double)
        #expect(wait > 0 && wait <= 1000)
        #expect(counters["next_attempt"] is String)
        #expect(counters["warning"] is NSNull)
    }

    /// Two tasks poll the same instances: one entry for each, with what either misses.
    @Test func theTasksInstancesAreOne() throws {
        let a = MissingMeter(meter: "cpu", device: nil, reason: .shutOff)
        let b = MissingMeter(meter: "memory.usage", device: nil, reason: .noBalloon)
        func list(_ samples: Int, _ missing: [MissingMeter]) -> [InstanceReport] {
            [
                InstanceReport(
                    name: InstanceName(displayName: "one", libvirtName: "i-1", uuid: "u1"), projectID: nil,
                    samples: samples, missing: missing)
            ]
        }
        let lists = InstanceList([0: list(1, [a]), 1: list(2, [a, b])])
        let instances = try #require(try object(report) { $0.instances = lists }["instances"] as? [[String: Any]])
        #expect(instances.map { $0["samples"] as? Int } == [3])
        #expect(
            (instances[0]["missing"] as? [[String: Any]])?.map { $0["meter"] as? String } == ["cpu", "memory.usage"])
    }

    /// What a board notes is published at once, and what was read before stays as it was.
    @Test func aBoardPublishesEachChange() async {
        let board = StatusBoard(
            version: "1", host: "h", logger: Logger(label: "test") { _, _ in SwiftLogNoOpLogHandler() })
        let before = board.published.current
        await board.hold("disk", "full")
        await board.failed("no socket")
        #expect(before.problems(at: .now).isEmpty)
        #expect(board.published.current.problems(at: .now) == ["disk": "full", "libvirt": "no socket"])
        #expect(board.published.current.report.cycles.failed == 1)
        await board.clear("disk", "free")
        #expect(board.published.current.problems(at: .now) == ["libvirt": "no socket"])
    }
}
