import TestServers
import Testing
import Transfer

@Suite(.timeLimit(.minutes(1)))
struct TransferCancellationTests {
    private static func slow(_ url: String) -> TransferRequest {
        var request = TransferRequest.patient(.post, url, body: [0x61])
        request.timeout = .seconds(600)
        return request
    }

    private static func code(_ transfer: Transfer, _ request: TransferRequest) async -> TransferError.Code? {
        do throws(TransferError) {
            _ = try await transfer.perform(request)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func cancelledTaskEndsItsTransfer() async throws {
        let transfer = Transfer()
        let server = try LoopbackServer { _ in .hang }
        defer { server.stop() }
        let url = server.url()
        let task = Task { await Self.code(transfer, Self.slow(url)) }
        await server.wait { $0.requests == 1 }
        task.cancel()
        #expect(await task.value == .cancelled)
        // The server sees the end of the connection, long before the time is up.
        await server.wait { $0.closed == 1 }
    }

    @Test func cancelledBeforehand() async throws {
        let transfer = Transfer()
        let server = try LoopbackServer()
        defer { server.stop() }
        let url = server.url()
        let task = Task { () -> TransferError.Code? in
            withUnsafeCurrentTask { $0?.cancel() }
            return await Self.code(transfer, Self.slow(url))
        }
        #expect(await task.value == .cancelled)
        #expect(server.counts.requests == 0)
    }

    @Test func othersGoOn() async throws {
        let transfer = Transfer()
        let server = try LoopbackServer { $0.line.contains("/slow") ? .hang : .ok }
        defer { server.stop() }
        let (slow, quick) = (server.url("/slow"), server.url("/quick"))
        let task = Task { await Self.code(transfer, Self.slow(slow)) }
        await server.wait { $0.requests == 1 }
        #expect(try await transfer.perform(Self.slow(quick)).status == 200)
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(try await transfer.perform(Self.slow(quick)).status == 200)
    }

    @Test func cancellationAtAnyMomentIsAnsweredOnce() async throws {
        let transfer = Transfer()
        let server = try LoopbackServer()
        defer { server.stop() }
        let url = server.url()
        let codes = await withTaskGroup(of: TransferError.Code?.self) { group in
            for index in 0..<100 {
                let task = Task { await Self.code(transfer, Self.slow(url)) }
                group.addTask {
                    for _ in 0..<index { await Task.yield() }
                    task.cancel()
                    return await task.value
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.count == 100)
        #expect(codes.allSatisfy { $0 == nil || $0 == .cancelled })
    }
}
