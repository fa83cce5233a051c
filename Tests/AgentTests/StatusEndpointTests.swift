import Configuration
import Logging
import TestServers
import Testing

@testable import Agent

/// One endpoint for all agents of a process.
@Suite(.timeLimit(.minutes(1)))
struct StatusEndpointTests {
    private let endpoint = StatusEndpoint(logger: Logger(label: "test"))

    private func pages(_ text: String) -> StatusPages {
        StatusPages(status: { Array(text.utf8) }, problems: { [:] })
    }

    private func address() throws -> ListenAddress {
        ListenAddress(host: "127.0.0.1", port: UInt16(try ReservedPort().number))
    }

    private func status(_ address: ListenAddress, _ path: String = "/status") async -> String? {
        await LoopbackClient.get(port: UInt16(address.port), path: path).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func theNextAgentTakesItOver() async throws {
        let here = try address()
        try await endpoint.show(pages("one"), at: here)
        #expect(await status(here) == "one")
        #expect(await status(here, "/health") == "ok\n")
        await endpoint.agentEnds()
        // What was last is still told, but nobody is well.
        #expect(await status(here) == "one")
        #expect(await status(here, "/health") == nil)
        try await endpoint.show(pages("two"), at: here)
        #expect(await status(here) == "two")
        #expect(await status(here, "/health") == "ok\n")
        await endpoint.close()
        try await eventually { await status(here) == nil }
    }

    @Test func anotherAddressAndNone() async throws {
        let (here, there) = (try address(), try address())
        try await endpoint.show(pages("one"), at: here)
        try await endpoint.show(pages("two"), at: there)
        #expect(await status(there) == "two")
        try await eventually { await status(here) == nil }
        let everywhere = ListenAddress(host: "0.0.0.0", port: there.port)
        try await endpoint.show(pages("three"), at: everywhere)
        #expect(await status(there) == "three")
        try await endpoint.show(pages("four"), at: nil)
        try await eventually { await status(there) == nil }
    }

    @Test func anAddressThatCannotBeHadLeavesTheOld() async throws {
        let here = try address()
        let taken = try LoopbackServer()
        try await endpoint.show(pages("one"), at: here)
        for address in [
            ListenAddress(host: "127.0.0.1", port: UInt16(taken.port)),
            ListenAddress(host: "no-address", port: here.port),
        ] {
            await #expect(throws: StatusServerError.self) { try await endpoint.show(pages("two"), at: address) }
            #expect(await status(here) == "one")
        }
        taken.stop()
        await endpoint.close()
    }

    /// A socket is closed a moment after its server has ended.
    private func eventually(_ condition: () async -> Bool) async throws {
        for _ in 0..<500 {
            if await condition() { return }
            await Task.yield()
        }
        Issue.record("it goes on")
    }
}
