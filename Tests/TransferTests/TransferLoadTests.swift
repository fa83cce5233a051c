import Foundation
import TestServers
import Testing
import Transfer

@Suite(.timeLimit(.minutes(1)))
struct TransferLoadTests {
    @Test func manyAtOnceEachGetTheirOwnAnswer() async throws {
        let transfer = Transfer()
        let server = try LoopbackServer { .status(200, body: $0.body) }
        defer { server.stop() }
        let url = server.url()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<100 {
                group.addTask {
                    let body = Array("request \(index)".utf8)
                    return try await transfer.perform(TransferRequest.patient(.post, url, body: body)).body == body
                }
            }
            for try await isOwn in group { #expect(isOwn) }
        }
    }

    /// Requests that hang give their places to others, and the one that began first goes first.
    @Test func hangingRequestsStarveNobody() async throws {
        let transfer = Transfer(limit: 4, patience: .milliseconds(300))
        let server = try LoopbackServer { $0.line.contains("/slow") ? .hang : .ok }
        defer { server.stop() }
        let (slow, quick) = (server.url("/slow"), server.url("/quick"))
        let tasks = (0..<9).map { _ in
            Task {
                var request = TransferRequest(.get, slow)
                request.timeout = .seconds(600)
                return try await transfer.perform(request)
            }
        }
        await server.wait { $0.requests >= 4 }
        for _ in 0..<3 { #expect(try await transfer.perform(TransferRequest.patient(.get, quick)).status == 200) }
        for task in tasks { task.cancel() }
        let errors = await tasks.asyncMap { await $0.result }
        #expect(
            errors.contains {
                if case .failure(let error as TransferError) = $0 { error.code == .overloaded } else { false }
            })
        #expect(try await transfer.perform(TransferRequest.patient(.get, quick)).status == 200)
    }

    /// It had its time; the others have not.
    @Test func theOldestRequestGivesUpItsPlace() async throws {
        let transfer = Transfer(limit: 2, patience: .milliseconds(300))
        let server = try LoopbackServer { $0.line.contains("/slow") ? .hang : .ok }
        defer { server.stop() }
        let url = server.url("/slow")
        func hang() -> Task<TransferError.Code?, Never> {
            Task {
                do throws(TransferError) {
                    _ = try await transfer.perform(TransferRequest.patient(.get, url))
                    return nil
                } catch {
                    return error.code
                }
            }
        }
        let first = hang()
        await server.wait { $0.requests == 1 }
        let second = hang()
        await server.wait { $0.requests == 2 }
        #expect(try await transfer.perform(TransferRequest.patient(.get, server.url())).status == 200)
        second.cancel()
        #expect(await first.value == .overloaded)
        #expect(await second.value == .cancelled)
    }

    @Test func whoGetsNoTurnInTimeIsTold() async throws {
        let transfer = Transfer(limit: 1, patience: .seconds(600))
        let server = try LoopbackServer { _ in .hang }
        defer { server.stop() }
        let url = server.url("/")
        let first = Task {
            var request = TransferRequest(.get, url)
            request.timeout = .seconds(600)
            return try await transfer.perform(request)
        }
        await server.wait { $0.requests == 1 }
        var request = TransferRequest(.get, url)
        request.timeout = .milliseconds(200)
        let error = await #expect(throws: TransferError.self) { try await transfer.perform(request) }
        #expect(error?.code == .overloaded)
        #expect(error?.wasSent == false)
        first.cancel()
        _ = await first.result
    }

    /// The thread's voluntary context switches: how often it went to sleep.
    private func sleeps(threadName: String) throws -> Int {
        let tasks = URL(fileURLWithPath: "/proc/self/task")
        for id in try FileManager.default.contentsOfDirectory(atPath: tasks.path) {
            let path = tasks.appendingPathComponent(id)
            // A thread of another test may end at any moment.
            guard let name = contents(path.appendingPathComponent("comm")), name == threadName + "\n",
                let status = contents(path.appendingPathComponent("status")),
                let line = status.split(separator: "\n").first(where: { $0.hasPrefix("voluntary_ctxt_switches:") }),
                let word = line.split(whereSeparator: \.isWhitespace).last, let count = Int(word)
            else { continue }
            return count
        }
        Issue.record("no thread \(threadName)")
        return 0
    }

    private func contents(_ url: URL) -> String? {
        FileManager.default.contents(atPath: url.path).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func idleThreadSleeps() async throws {
        let transfer = Transfer(threadName: "idle-transfer")
        let server = try LoopbackServer()
        defer { server.stop() }
        _ = try await transfer.perform(TransferRequest.patient(.get, server.url()))
        try await Task.sleep(for: .milliseconds(200))
        let before = try sleeps(threadName: "idle-transfer")
        // A span to observe, with a kept connection; nothing is waited for.
        try await Task.sleep(for: .seconds(2))
        #expect(try sleeps(threadName: "idle-transfer") == before)
        await transfer.shutdown()
    }
}

extension Array {
    fileprivate func asyncMap<Value>(_ body: (Element) async -> Value) async -> [Value] {
        var values: [Value] = []
        for element in self { values.append(await body(element)) }
        return values
    }
}
