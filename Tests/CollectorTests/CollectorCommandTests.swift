import ArgumentParser
import FlyingFox
import Testing

@testable import collector

@Suite struct CollectorCommandTests {
    @Test(.timeLimit(.minutes(1))) func anAddressInUseEndsItWithTheAddress() async throws {
        let server = try ListenAddress.standard.makeServer(handler: nil)
        let running = Task { try await server.run() }
        try await server.waitUntilListening()
        let port = try #require(await server.port)
        let command = try CollectorCommand.parse(["--listen", "127.0.0.1:\(port)"])
        let error = await #expect(throws: CollectorError.self) { try await command.run() }
        #expect(error?.description == "cannot listen on 127.0.0.1:\(port): Address already in use")
        running.cancel()
        _ = await running.result
    }

    @Test func theDefaultsListenOnLoopbackOnly() throws {
        #expect(try CollectorCommand.parse([]).listen.description == "127.0.0.1:0")
    }
}
