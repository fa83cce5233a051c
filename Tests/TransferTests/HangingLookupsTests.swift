import Foundation
import Synchronization
import Testing

@testable import Transfer

@Suite(.timeLimit(.minutes(1)))
struct HangingLookupsTests {
    private final class NameServer: Sendable {
        let asked = Mutex<[String]>([])
        let isBack = DispatchSemaphore(value: 0)
    }

    /// However often a request is tried while the name servers are silent, one thread waits for them.
    @Test func oneLookUpForAName() async throws {
        let server = NameServer()
        let lookups = HangingLookups { name in
            server.asked.withLock { $0.append(name) }
            server.isBack.wait()
        }
        let request = TransferRequest(.get, "http://user@Collector.example:80/x")
        #expect(lookups.problem(of: request) == nil)
        for _ in 0..<5 { lookups.leftBehind(request) }
        #expect(lookups.problem(of: request)?.contains("collector.example") == true)
        #expect(lookups.problem(of: TransferRequest(.get, "http://other.example/")) == nil)
        server.isBack.signal()
        while lookups.problem(of: request) != nil { await Task.yield() }
        #expect(server.asked.withLock(\.self) == ["collector.example"])
    }
}
