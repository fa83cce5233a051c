import Dispatch
import Keystone
import Synchronization
import Telemetry
import TestServers
import Testing

@testable import Nova

@Suite(.timeLimit(.minutes(1))) struct ServerDirectoryTests {
    /// Long enough for everything that answers.
    private static let patience = Duration.seconds(30)

    /// Answers that are held back until the test has seen what is known without them.
    private struct Held: Sendable {
        private let gate = DispatchSemaphore(value: 0)

        func release() { gate.signal() }

        /// Blocks a thread of the server's, for as long as the suite's tests may take.
        func wait() {
            _ = gate.wait(timeout: .now() + 60)
            gate.signal()
        }
    }

    @Test func theFirstListingIsWaitedFor() async throws {
        let bench = try NovaBench()
        let directory = bench.directory { $0.listedHost = "compute-1" }
        let knowledge = await directory.knowledge(NovaNeeds(), within: Self.patience)
        let listing = try #require(knowledge.listing)
        #expect(listing.servers.count == 3)
        #expect(listing.servers[Recorded.second]?.flavorName == "m1.large")
        #expect(listing.servers[Recorded.second]?.flavorSizes?.ephemeral == 10)
        #expect(listing.servers[Recorded.second]?.image["name"] == .string("cirros"))
        #expect(listing.startedAt.description == "2026-11-22T19:04:56")
        // One request each for three flavors and one image.
        #expect(bench.cloud.lines.filter { $0.contains("/flavors/") }.count == 3)
        #expect(bench.cloud.lines.filter { $0.contains("/images/") }.count == 1)
        await directory.stop()
    }

    @Test func laterOnesAreChangesAndKeepTheGeneration() async throws {
        let bench = try NovaBench()
        let directory = bench.directory { $0.listedHost = "compute-1" }
        let first = await directory.knowledge(NovaNeeds(), within: Self.patience)
        _ = await bench.condition(.listing)
        let none = Held()
        bench.cloud.service { request in
            guard request.line.contains("changes-since") else { return nil }
            none.wait()
            return LoopbackCloud.json(#"{"servers": []}"#)
        }
        bench.clock.advance(by: .seconds(10))
        let second = await directory.knowledge(NovaNeeds(), within: .zero)
        none.release()
        #expect(second == first)
        _ = await bench.condition(.listing)
        #expect(
            bench.cloud.lines.last
                == "GET /v2.1/servers/detail?all_tenants=True&changes-since=2026-11-22T19%3A04%3A54%2B00%3A00&host=compute-1"
        )
        let deleted = Held()
        bench.cloud.service { request in
            guard request.line.contains("changes-since") else { return nil }
            deleted.wait()
            return NovaBench.servers("\"active\"", "\"deleted\"")
        }
        bench.clock.advance(by: .seconds(10))
        let third = await directory.knowledge(NovaNeeds(), within: .zero)
        deleted.release()
        #expect(third.generation == first.generation && third.listing?.servers.count == 3)
        _ = await bench.condition(.listing)
        bench.clock.advance(by: .seconds(1))
        let fourth = await directory.knowledge(NovaNeeds(), within: .zero)
        #expect(fourth.listing?.servers.isEmpty == true && fourth.generation != first.generation)
        await directory.stop()
    }

    @Test func whenNovaFailsNothingIsWaitedForAndNothingForgotten() async throws {
        let bench = try NovaBench()
        let directory = bench.directory { $0.listedHost = "compute-1" }
        let needs = NovaNeeds(servers: [Recorded.first], flavorNames: ["m1.small"])
        let known = await directory.knowledge(needs, within: Self.patience)
        #expect(known.flavorIDs == ["m1.small": "1"])
        #expect(known.servers.keys.sorted() == [Recorded.first])
        _ = await bench.condition(.listing)
        bench.cloud.service { _ in .status(503) }
        bench.clock.advance(by: .seconds(3601))
        _ = await directory.knowledge(needs, within: .zero)
        let problem = await bench.condition(.listing)?.problem
        #expect(problem?.contains("HTTP 503") == true)
        let start = ContinuousClock.now
        var more = needs
        more.servers.insert("new")
        more.unlisted.insert("new")
        // The look-up of the new server may be tried once; its failure ends the waiting.
        for _ in 0..<3 {
            let now = await directory.knowledge(more, within: Self.patience)
            #expect(now.listing?.servers == known.listing?.servers)
            #expect(now.servers == known.servers && now.flavorIDs == known.flavorIDs)
            #expect(now.generation == known.generation)
        }
        #expect(ContinuousClock.now - start < .seconds(10))
        #expect(bench.cloud.lines.filter { $0.contains("/servers/detail") }.count == 2)
        await directory.stop()
    }

    @Test func aHungNovaCostsNoMoreThanWasAllowed() async throws {
        let bench = try NovaBench(timeout: .seconds(20))
        bench.cloud.service { _ in .hang }
        let directory = bench.directory { $0.listedHost = "compute-1" }
        let start = ContinuousClock.now
        let knowledge = await directory.knowledge(
            NovaNeeds(servers: ["a"], flavorNames: ["f"]), within: .milliseconds(300))
        #expect(ContinuousClock.now - start >= .milliseconds(300))
        #expect(knowledge == NovaKnowledge())
        // What was waited for in vain is not waited for again.
        for _ in 0..<5 {
            _ = await directory.knowledge(NovaNeeds(servers: ["a"], flavorNames: ["f"]), within: Self.patience)
        }
        await directory.stop()
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test func aNewDomainIsLookedForAtOnce() async throws {
        let bench = try NovaBench()
        let directory = bench.directory {
            $0.listedHost = "compute-1"
            $0.updateInterval = .seconds(600)
        }
        bench.cloud.service { request in
            request.asks("/v2.1/servers/detail") ? NovaBench.servers(Recorded.third, "other") : nil
        }
        var knowledge = await directory.knowledge(NovaNeeds(), within: Self.patience)
        #expect(knowledge.listing?.servers[Recorded.third] == nil)
        bench.cloud.service { _ in nil }
        bench.clock.advance(by: .seconds(5))
        knowledge = await directory.knowledge(NovaNeeds(unlisted: [Recorded.third]), within: Self.patience)
        #expect(knowledge.listing?.servers[Recorded.third] != nil)
        // One that Nova never lists has no further listing until the pause is over.
        for _ in 0..<5 { _ = await directory.knowledge(NovaNeeds(unlisted: ["alien"]), within: Self.patience) }
        bench.clock.advance(by: .seconds(6))
        for _ in 0..<5 { _ = await directory.knowledge(NovaNeeds(unlisted: ["alien"]), within: Self.patience) }
        // Nobody waits for a domain that is not new: a listing that is under way would be cancelled.
        for _ in 0..<3 { #expect(await bench.condition(.listing)?.problem == nil) }
        await directory.stop()
        #expect(bench.cloud.lines.filter { $0.contains("/servers/detail") }.count == 3)
    }

    @Test func serversAreLookedUpOnceAndAgainWhenTheyExpire() async throws {
        let bench = try NovaBench()
        let directory = bench.directory()
        let needs = NovaNeeds(servers: [Recorded.first, "gone"])
        let first = await directory.knowledge(needs, within: Self.patience)
        guard case .found(let server)? = first.servers[Recorded.first] else {
            Issue.record("expected the server")
            return
        }
        #expect(server.metadata.first?.value == .string("sg-0") && server.flavorID == "1")
        #expect(first.servers["gone"] == .unknown && first.listing == nil)
        #expect(await directory.knowledge(needs, within: Self.patience) == first)
        #expect(bench.cloud.lines.count == 2)
        _ = await bench.condition(.servers)
        _ = await bench.condition(.servers)
        let missing = Held()
        bench.cloud.service { _ in
            missing.wait()
            return .status(404)
        }
        bench.clock.advance(by: .seconds(3600))
        #expect(await directory.knowledge(needs, within: Self.patience) == first)
        missing.release()
        _ = await bench.condition(.servers)
        _ = await bench.condition(.servers)
        let later = await directory.knowledge(needs, within: .zero)
        #expect(later.servers == [Recorded.first: .unknown, "gone": .unknown])
        #expect(later.generation != first.generation)
        await directory.stop()
    }

    @Test func noMoreRequestsAtOnceThanAllowed() async throws {
        let bench = try NovaBench()
        let open = Mutex(0)
        let most = Mutex(0)
        bench.cloud.service { request in
            let now = open.withLock { count in
                count += 1
                return count
            }
            most.withLock { $0 = max($0, now) }
            defer { open.withLock { $0 -= 1 } }
            guard request.asks("/v2.1/servers/s") else { return nil }
            return LoopbackCloud.json(LoopbackCloud.fixture("server"))
        }
        let directory = bench.directory {
            $0.listedHost = "compute-1"
            $0.maximumRequests = 3
        }
        let ids = Set((0..<50).map { "s\($0)" })
        let knowledge = await directory.knowledge(
            NovaNeeds(servers: ids, flavorNames: ["m1.small"]), within: Self.patience)
        #expect(knowledge.servers.count == 50 && knowledge.listing?.servers.count == 3)
        #expect(most.withLock(\.self) <= 3)
        await directory.stop()
    }

    /// Those that wait for their turn when one fails are asked for later, each once.
    @Test func whoWaitsForItsTurnIsNotAskedForWhileNovaFails() async throws {
        let bench = try NovaBench()
        let isWell = Mutex(false)
        let asked = Mutex(0)
        bench.cloud.service { request in
            guard request.asks("/v2.1/servers/s") else { return nil }
            asked.withLock { $0 += 1 }
            guard isWell.withLock(\.self) else { return .status(503) }
            return LoopbackCloud.json(LoopbackCloud.fixture("server"))
        }
        let directory = bench.directory { $0.maximumRequests = 64 }
        let ids = Set((0..<30).map { "s\($0)" })
        let first = await directory.knowledge(NovaNeeds(servers: ids), within: Self.patience)
        #expect(first.servers.isEmpty)
        #expect((1...RequestGate.start).contains(asked.withLock(\.self)))
        isWell.withLock { $0 = true }
        asked.withLock { $0 = 0 }
        bench.clock.advance(by: .seconds(100))
        _ = await directory.knowledge(NovaNeeds(), within: .zero)
        let second = await directory.knowledge(NovaNeeds(servers: ids), within: Self.patience)
        #expect(second.servers.count == ids.count)
        #expect(asked.withLock(\.self) == ids.count)
        await directory.stop()
    }

    @Test func aFlavorThatCannotBeLookedUpIsNotTakenForOneWithoutSize() async throws {
        let bench = try NovaBench()
        bench.cloud.service { request in request.asks("/v2.1/flavors/2") ? .status(500) : nil }
        let directory = bench.directory { $0.listedHost = "compute-1" }
        #expect(await directory.knowledge(NovaNeeds(), within: Self.patience).listing == nil)
        #expect(await bench.condition(.listing)?.problem?.contains("/flavors/2: HTTP 500") == true)
        bench.cloud.service { _ in nil }
        bench.clock.advance(by: .seconds(61))
        _ = await directory.knowledge(NovaNeeds(), within: .zero)
        #expect(await bench.condition(.listing)?.problem == nil)
        // What is known stays when it cannot be looked up again.
        bench.cloud.service { request in request.asks("/v2.1/flavors/2") ? .status(500) : nil }
        bench.clock.advance(by: .seconds(3601))
        _ = await directory.knowledge(NovaNeeds(), within: .zero)
        #expect(await bench.condition(.listing)?.problem == nil)
        #expect(await bench.condition(.flavors)?.problem?.contains("HTTP 500") == true)
        let knowledge = await directory.knowledge(NovaNeeds(), within: .zero)
        #expect(knowledge.listing?.servers[Recorded.second]?.flavorName == "m1.large")
        await directory.stop()
    }

    @Test func withoutGlanceThereAreServersAllTheSame() async throws {
        let bench = try NovaBench()
        bench.cloud.service { request in request.asks("/v2/images/") ? .status(503) : nil }
        let directory = bench.directory { $0.listedHost = "compute-1" }
        let knowledge = await directory.knowledge(NovaNeeds(), within: Self.patience)
        #expect(knowledge.listing?.servers.count == 3)
        #expect(knowledge.listing?.servers[Recorded.first]?.image["name"] == nil)
        #expect(await bench.condition(.images)?.problem?.contains("/images/") == true)
        bench.cloud.service { request in
            request.line.contains("changes-since") ? LoopbackCloud.json(#"{"servers": []}"#) : nil
        }
        bench.clock.advance(by: .seconds(61))
        _ = await directory.knowledge(NovaNeeds(), within: .zero)
        #expect(await bench.condition(.images)?.problem == nil)
        let later = await directory.knowledge(NovaNeeds(), within: .zero)
        #expect(later.listing?.servers[Recorded.first]?.image["name"] == .string("cirros"))
        #expect(later.generation != knowledge.generation)
        await directory.stop()
    }

    @Test func aMalformedServerIsToldAndTheOthersAreListed() async throws {
        let bench = try NovaBench()
        bench.cloud.service { request in
            request.asks("/v2.1/servers/detail") ? NovaBench.servers("\"user_id\"", "\"nobody\"") : nil
        }
        let directory = bench.directory { $0.listedHost = "compute-1" }
        #expect(await directory.knowledge(NovaNeeds(), within: Self.patience).listing?.servers.isEmpty == true)
        let problem = await bench.condition(.malformed)?.problem
        #expect(problem?.hasPrefix("3 servers of Nova's list cannot be read and are left out: server ") == true)
        await directory.stop()
    }
}
