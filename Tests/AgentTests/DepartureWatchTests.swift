import Foundation
import Keystone
import Logging
import Nova
import Outbox
import Synchronization
import Telemetry
import TestServers
import Testing
import Transfer

@testable import Agent

/// What is asked of Nova when an instance is gone, and what is made of the answers.
@Suite(.timeLimit(.minutes(1)))
struct DepartureWatchTests {
    private let cloud: LoopbackCloud
    private let watch: DepartureWatch
    private let folder: ConfigurationFolder
    private let clock = ManualClock(.zero)
    private let ends: AsyncStream<EndedInstance>
    private let conditions: AsyncStream<ServiceCondition>

    init() throws {
        cloud = try LoopbackCloud()
        folder = try ConfigurationFolder([:])
        var credentials = KeystoneCredentials(
            authURL: cloud.authURL, method: .applicationCredential(id: "a", secret: "s"))
        credentials.timeout = .seconds(30)
        let start = ContinuousClock.now
        let session = KeystoneSession(
            credentials, transfer: Transfer(), userAgent: "test", now: { ContinuousClock.now - start })
        let (ends, end) = AsyncStream<EndedInstance>.makeStream()
        let (conditions, tell) = AsyncStream<ServiceCondition>.makeStream()
        (self.ends, self.conditions) = (ends, conditions)
        watch = DepartureWatch(
            nova: NovaClient(session: session), host: "h", file: RosterFile(directory: folder.path),
            logger: Logger(label: "test"), uptime: { [clock] in clock.now }, report: { tell.yield($0) }
        ) { ended in for instance in ended { end.yield(instance) } }
    }

    private func time(_ seconds: Int64) -> Timestamp { Timestamp(seconds: 1_795_000_000 + seconds) }

    /// A poll at that many seconds of both clocks.
    private func see(_ instances: Set<String>, _ domains: Set<String>, _ seconds: Int64) async {
        clock.advance(by: .seconds(seconds) - clock.now)
        await watch.see(instances: instances, domains: domains, at: time(seconds))
    }

    /// What Nova answers about each server: to the question for deleted ones, and to that for all others.
    private func nova(_ deleted: [String: String], _ present: [String: String] = [:]) {
        cloud.service { request in
            let words = request.line.split(separator: " ")
            guard words[1].hasPrefix("/v2.1/servers/detail?all_tenants=True&uuid=") else { return nil }
            let id = words[1].split(separator: "=")[2].split(separator: "&")[0]
            let found = (words[1].hasSuffix("&deleted=True") ? deleted : present)[String(id)]
            let server = found.map { "{\"id\": \"\(id)\", \($0)}" } ?? ""
            return LoopbackCloud.json("{\"servers\": [\(server)]}")
        }
    }

    /// Waits until what is due has been asked for, and what came of it has been noted.
    private func asked() async { await watch.settled() }

    private func next<Value: Sendable>(_ stream: AsyncStream<Value>) async -> Value? {
        for await value in stream { return value }
        return nil
    }

    @Test func whatNovaHasDeletedHasEnded() async throws {
        nova(["b": #""status": "DELETED", "OS-SRV-USG:terminated_at": "2026-11-24T18:25:56.439772""#])
        await see(["a", "b"], ["a", "b"], 0)
        await see(["a"], ["a"], 10)
        await see(["a"], ["a"], 40)
        let end = try #require(await next(ends))
        #expect(end.id == "b" && "\(end.at)" == "2026-11-24T18:25:56.439772")
        await asked()
        await watch.stop()
        #expect(try RosterFile(directory: folder.path).load().gone.isEmpty)
    }

    /// It was moved: another host's agent looks after it, and Nova is not asked again.
    @Test func whatHasMovedHasNotEnded() async throws {
        nova([:], ["b": #""status": "ACTIVE", "OS-EXT-SRV-ATTR:host": "other""#])
        await see(["b"], ["b"], 0)
        await see([], [], 10)
        await see([], [], 40)
        await asked()
        await watch.stop()
        #expect(cloud.lines.count == 2)
        #expect(try RosterFile(directory: folder.path).load().gone.isEmpty)
    }

    /// Shelved, or just being rebuilt; or nothing is known of it: nothing is said, and it is asked for later again.
    @Test(arguments: [#""status": "SHELVED", "OS-EXT-SRV-ATTR:host": "h""#, #""status": "SHELVED_OFFLOADED""#, nil])
    func whatIsNotDeletedHasNotEnded(_ server: String?) async throws {
        nova([:], server.map { ["b": $0] } ?? [:])
        await see(["b"], ["b"], 0)
        await see([], [], 10)
        await see([], [], 40)
        await asked()
        await see([], [], 41)
        await watch.stop()
        #expect(cloud.lines.count == 2)
        #expect(try RosterFile(directory: folder.path).load().gone.keys.sorted() == ["b"])
    }

    /// One server for which Nova fails keeps no other back.
    @Test func aServerThatNovaFailsForKeepsNoOtherBack() async throws {
        cloud.service { request in
            if request.line.contains("uuid=a") { return .status(500) }
            return LoopbackCloud.json(#"{"servers": [{"id": "b", "status": "DELETED"}]}"#)
        }
        await see(["a", "b"], ["a", "b"], 0)
        await see([], [], 10)
        await see([], [], 40)
        let end = try #require(await next(ends))
        // Nova does not say when: when it was missed.
        #expect(end == EndedInstance(id: "b", at: time(10)))
        await watch.stop()
        #expect(try RosterFile(directory: folder.path).load().gone.keys.sorted().contains("a"))
    }

    /// What Nova does not know is given up after a day, but not before it was asked.
    @Test func interestEnds() async throws {
        nova([:])
        await see(["a"], ["a"], 0)
        await see([], [], 10)
        await see([], [], 400_000)
        await asked()
        await watch.stop()
        #expect(try RosterFile(directory: folder.path).load().gone.isEmpty)
    }

    /// A stop waits for no Keystone, and what is answered after it is nobody's any more.
    @Test func aKeystoneThatHangsHoldsNoStopUp() async throws {
        cloud.keystone { _ in .hang }
        await see(["a"], ["a"], 0)
        await see([], [], 10)
        await see([], [], 40)
        await cloud.server.wait { $0.connections > 0 }
        let began = ContinuousClock.now
        await watch.stop()
        #expect(ContinuousClock.now - began < .seconds(5))
        await see(["z"], ["z"], 50)
        #expect(try RosterFile(directory: folder.path).load().gone.keys.sorted() == ["a"])
    }

    /// 404 says nothing of the server: it is what a user without rights gets, and what a wrong endpoint answers.
    @Test func aNovaThatFailsIsToldAndAskedAgain() async throws {
        cloud.service { _ in .status(404, body: Array("not here".utf8)) }
        await see(["b"], ["b"], 0)
        await see([], [], 10)
        await see([], [], 40)
        let condition = try #require(await next(conditions))
        #expect(condition.topic == .ends && condition.problem?.contains("404") == true)
        await watch.stop()
        #expect(try RosterFile(directory: folder.path).load().gone.keys.sorted() == ["b"])
    }
}
