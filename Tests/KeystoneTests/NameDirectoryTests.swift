import Synchronization
import TestServers
import Testing
import Transfer

@testable import Keystone

@Suite(.timeLimit(.minutes(1))) struct NameDirectoryTests {
    private final class Told: Sendable {
        let stream: AsyncStream<ServiceCondition>
        let continuation: AsyncStream<ServiceCondition>.Continuation
        init() { (stream, continuation) = AsyncStream.makeStream() }
        /// Waits for so many.
        func next(_ count: Int) async -> [ServiceCondition] {
            var all: [ServiceCondition] = []
            for await condition in stream {
                all.append(condition)
                if all.count == count { break }
            }
            return all
        }
    }

    private func directory(_ bench: Bench, _ told: Told) -> NameDirectory {
        NameDirectory(
            session: bench.session, now: { [clock = bench.clock] in clock.now },
            report: { told.continuation.yield($0) })
    }

    private static func answer(_ request: LoopbackRequest) -> LoopbackAnswer? {
        if request.line.hasPrefix("GET /v3/users/u1 ") {
            return LoopbackCloud.json(#"{"user": {"id": "u1", "name": "Ada", "domain_id": "default"}}"#)
        }
        if request.line.hasPrefix("GET /v3/projects/p1 ") {
            return LoopbackCloud.json(#"{"project": {"id": "p1", "name": "Engine"}}"#)
        }
        return nil
    }

    @Test func answersAtOnceAndLearnsInTheBackground() async throws {
        let bench = try Bench()
        bench.cloud.service(Self.answer)
        let told = Told()
        let directory = directory(bench, told)
        let empty = await directory.names(users: ["u1", "gone"], projects: ["p1"])
        #expect(empty == IdentityNames())
        #expect(await told.next(3).allSatisfy { $0 == ServiceCondition(.names, nil) })
        let names = await directory.names(users: ["u1", "gone"], projects: ["p1"])
        #expect(names.users == ["u1": "Ada"] && names.projects == ["p1": "Engine"])
        #expect(names.generation != empty.generation)
        #expect(await directory.names(users: ["u1"], projects: []) == names)
        #expect(bench.cloud.lines.count == 3)

        // That there is no such user counts for five minutes, a name for an hour.
        bench.clock.advance(by: .seconds(301))
        _ = await directory.names(users: ["u1", "gone"], projects: ["p1"])
        _ = await told.next(1)
        #expect(bench.cloud.lines.count == 4)
        bench.clock.advance(by: .seconds(3300))
        let old = await directory.names(users: ["u1", "gone"], projects: ["p1"])
        #expect(old == names)
        _ = await told.next(3)
        #expect(bench.cloud.lines.count == 7)
        await directory.stop()
    }

    @Test func asksAFewAtATime() async throws {
        let bench = try Bench()
        let open = Mutex(0)
        let most = Mutex(0)
        bench.cloud.service { request in
            let now = open.withLock { count in
                count += 1
                return count
            }
            most.withLock { $0 = max($0, now) }
            defer { open.withLock { $0 -= 1 } }
            return LoopbackCloud.json(#"{"user": {"name": "x"}}"#)
        }
        let told = Told()
        let directory = directory(bench, told)
        let ids = Set((0..<40).map { "u\($0)" })
        _ = await directory.names(users: ids, projects: [])
        _ = await told.next(40)
        #expect(await directory.names(users: ids, projects: []).users.count == 40)
        #expect(most.withLock(\.self) <= NameDirectory.maximumLookups)
        await directory.stop()
    }

    @Test func doesNotHammerAKeystoneThatForbidsIt() async throws {
        let bench = try Bench()
        bench.cloud.service { _ in
            .status(403, body: Array(#"{"error": {"message": "You are not authorized: identity:get_user"}}"#.utf8))
        }
        let told = Told()
        let directory = directory(bench, told)
        _ = await directory.names(users: ["u1"], projects: [])
        let problem = try #require(await told.next(1).first?.problem)
        #expect(problem.contains("identity:get_user") && problem.contains("HTTP 403") && problem.contains("role"))
        for _ in 0..<10 { _ = await directory.names(users: ["u1", "u2"], projects: ["p1"]) }
        #expect(bench.cloud.lines.count == 1)
        bench.cloud.service(Self.answer)
        bench.clock.advance(by: .seconds(31))
        _ = await directory.names(users: ["u1"], projects: [])
        #expect(await told.next(1).first?.problem == nil)
        #expect(await directory.names(users: ["u1"], projects: []).users == ["u1": "Ada"])
        await directory.stop()
    }

    @Test func anIdIsOneComponentOfThePath() async throws {
        let bench = try Bench()
        let told = Told()
        let directory = directory(bench, told)
        _ = await directory.names(users: ["../x?y", "ä b"], projects: [])
        _ = await told.next(2)
        #expect(Set(bench.cloud.lines) == ["GET /v3/users/..%2Fx%3Fy", "GET /v3/users/%C3%A4%20b"])
        await directory.stop()
    }
}
