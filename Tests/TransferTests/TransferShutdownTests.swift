import TestServers
import Testing
import Transfer

@Suite(.timeLimit(.minutes(1)))
struct TransferShutdownTests {
    @Test func shutdownEndsWhatIsUnderWay() async throws {
        let transfer = Transfer()
        let server = try LoopbackServer { _ in .hang }
        defer { server.stop() }
        let url = server.url()
        let tasks = (0..<5).map { _ in
            Task {
                await #expect(throws: TransferError.self) {
                    try await transfer.perform(TransferRequest.patient(.get, url))
                }
            }
        }
        await server.wait { $0.requests == 5 }
        await transfer.shutdown()
        for task in tasks { #expect(await task.value?.code == .cancelled) }
        await server.wait { $0.closed == 5 }
    }

    @Test func afterShutdownNothingIsSent() async throws {
        let transfer = Transfer()
        let server = try LoopbackServer()
        defer { server.stop() }
        _ = try await transfer.perform(TransferRequest.patient(.get, server.url()))
        await transfer.shutdown()
        // The kept connection is closed, too.
        await server.wait { $0.closed == 1 }
        let error = await #expect(throws: TransferError.self) {
            try await transfer.perform(TransferRequest.patient(.get, server.url()))
        }
        #expect(error?.code == .cancelled)
        #expect(server.counts.requests == 1)
    }

    @Test func shutdownTwiceAndAtOnce() async {
        let transfer = Transfer()
        await withTaskGroup { group in
            for _ in 0..<10 { group.addTask { await transfer.shutdown() } }
        }
        await transfer.shutdown()
    }

    @Test func forgottenTransferEndsItsThread() async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        do {
            let transfer = Transfer()
            _ = try await transfer.perform(TransferRequest.patient(.get, server.url()))
        }
        await server.wait { $0.closed == 1 }
    }
}
