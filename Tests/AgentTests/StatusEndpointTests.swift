import Configuration
import Foundation
import Logging
import Telemetry
import TestServers
import Testing

@testable import Agent

/// One endpoint for all agents of a process.
@Suite(.timeLimit(.minutes(1)))
struct StatusEndpointTests {
    private let endpoint = StatusEndpoint(logger: Logger(label: "test"))

    /// The pages of an agent of that version.
    private func pages(_ version: String) -> StatusPages {
        let report = StatusReport(version: version, host: "Nova-Host.example", startedAt: Timestamp(seconds: 0))
        return StatusPages(snapshot: { StatusSnapshot(report) }, queues: { [] })
    }

    private func address() throws -> ListenAddress {
        ListenAddress(host: "127.0.0.1", port: UInt16(try ReservedPort().number))
    }

    /// The version that is told.
    private func status(_ address: ListenAddress) async throws -> String? {
        guard let body = await LoopbackClient.get(port: address.port, path: "/status") else { return nil }
        return try JSONDecoder().decode(Status.self, from: Data(body)).version
    }

    private struct Status: Decodable {
        let version: String
    }

    private func health(_ address: ListenAddress) async -> String? {
        await LoopbackClient.get(port: address.port, path: "/health").map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func theNextAgentTakesItOver() async throws {
        let here = try address()
        try await endpoint.show(pages("one"), at: here)
        #expect(try await status(here) == "one")
        #expect(await health(here) == "ok\n")
        await endpoint.agentEnds()
        // What was last is still told, but nobody is well.
        #expect(try await status(here) == "one")
        #expect(await health(here) == nil)
        try await endpoint.show(pages("two"), at: here)
        #expect(try await status(here) == "two")
        #expect(await health(here) == "ok\n")
        await endpoint.close()
        #expect(try await status(here) == nil)
    }

    @Test func anotherAddressAndNone() async throws {
        let (here, there) = (try address(), try address())
        try await endpoint.show(pages("one"), at: here)
        try await endpoint.show(pages("two"), at: there)
        #expect(try await status(there) == "two")
        #expect(try await status(here) == nil)
        let everywhere = ListenAddress(host: "0.0.0.0", port: there.port)
        try await endpoint.show(pages("three"), at: everywhere)
        #expect(try await status(there) == "three")
        try await endpoint.show(pages("four"), at: nil)
        #expect(try await status(there) == nil)
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
            #expect(try await status(here) == "one")
        }
        taken.stop()
        await endpoint.close()
    }

    /// A page whose name was made to resolve to this host may read nothing; who asks by a name of this host's may.
    @Test func onlyNamesOfThisHost() async throws {
        let here = try address()
        try await endpoint.show(pages("one"), at: here)
        func answer(_ host: String) async throws -> String {
            let request = "GET /status HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
            return try await String(RawConnection.answer(port: here.port, request).prefix(12))
        }
        for host in [
            "nova-host", "Nova-Host.Example:\(here.port)", ProcessInfo.processInfo.hostName.lowercased(), "localhost",
        ] {
            #expect(try await answer(host) == "HTTP/1.1 200", "\(host)")
        }
        #expect(try await answer("rebound.example") == "HTTP/1.1 421")
        #expect(try await answer("nova-host.evil.example") == "HTTP/1.1 421")
        #expect(try await answer("nova") == "HTTP/1.1 421")
        await endpoint.close()
    }

    /// As the option and the command line have it.
    @Test func theErrorsSayWhatToDo() async throws {
        let taken = try LoopbackServer()
        let texts = [
            (
                "127.0.0.1", UInt16(taken.port),
                "[aerostat] status_listen: 127.0.0.1:\(taken.port) cannot be listened at: Address "
                    + "already in use; stop the process that listens there, or choose another address"
            ),
            ("compute-1", 8765, "[aerostat] status_listen: compute-1 is no IP address; expected one such as 127.0.0.1"),
        ]
        for (host, port, text) in texts {
            let error = await #expect(throws: StatusServerError.self) {
                try await endpoint.show(pages("one"), at: ListenAddress(host: host, port: port))
            }
            #expect(error?.description == text)
        }
        taken.stop()
    }
}
