import Outbox
import TestServers
import Testing
import Transfer

@testable import Publishers

@Suite(.timeLimit(.minutes(1)))
struct HTTPPublisherTests {
    private func deliver(_ url: String) async throws -> Delivery {
        let publisher = try #require(Make.publisher(Make.patient(url)).publisher)
        return await publisher.deliver(try #require(publisher.payloads(for: Make.samples(1)).first))
    }

    /// A server that ends each connection before TLS has begun: no connection comes about.
    @Test(arguments: [("", 3), ("&max_retries=0", 1), ("&max_retries=5", 6)])
    func connectionsAreTriedAgainAtOnce(_ parameter: String, _ attempts: Int) async throws {
        let server = try LoopbackServer(answer: nil)
        defer { server.stop() }
        let delivery = try await deliver("https://127.0.0.1:\(server.port)/?timeout=50\(parameter)")
        #expect(delivery.kind == "retry")
        #expect(server.counts.connections == attempts)
    }

    @Test func anAnswerThatIsLostIsNotAskedForTwice() async throws {
        let server = try LoopbackServer { _ in .bytes([]) }
        defer { server.stop() }
        let delivery = try await deliver(server.url("/?max_retries=5"))
        #expect(delivery.kind == "retry")
        #expect(server.counts.requests == 1)
    }

    @Test func cancelledDeliveryKeepsThePayload() async throws {
        let server = try LoopbackServer { _ in .hang }
        defer { server.stop() }
        let url = server.url("/?timeout=600")
        let task = Task { try await deliver(url) }
        await server.wait { $0.requests == 1 }
        task.cancel()
        #expect(try await task.value.kind == "retry")
    }

    @Test func serversWishIsHandedOn() async throws {
        for (value, seconds) in [("17", 17), ("Sun, 06 Nov 1994 08:50:37 GMT", 60)] {
            let server = try LoopbackServer { _ in .status(503, headers: ["Retry-After: \(value)"]) }
            defer { server.stop() }
            guard case .retry(let after, _) = try await deliver(server.url()) else {
                Issue.record("no retry")
                return
            }
            #expect(after == .seconds(seconds))
        }
    }

    @Test func passwordIsNowhere() async throws {
        let server = try LoopbackServer { _ in .status(401) }
        defer { server.stop() }
        let url = "http://user:hunter2@127.0.0.1:\(server.port)/x?token=hunter2"
        let publisher = try #require(Make.publisher(Make.patient(url)).publisher)
        #expect(!publisher.identity.contains("hunter2"))
        let delivery = await publisher.deliver(try #require(publisher.payloads(for: Make.samples(1)).first))
        #expect(delivery.kind == "refused")
        #expect(!delivery.reason.contains("hunter2"))
        #expect(server.requests.first?.line == "POST /x?token=hunter2 HTTP/1.1")
    }
}
