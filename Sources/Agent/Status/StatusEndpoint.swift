import Configuration
public import Logging
import Synchronization

/// The status endpoint of a process. It outlives its agents: through a reload it goes on answering, of the agent that was
/// there last, and the address is given up only if the new configuration has another.
public actor StatusEndpoint {
    private let logger: Logger
    private let shown = Shown()
    private var serving: (address: ListenAddress, server: StatusServer)?

    /// The pages that the server's thread serves.
    private final class Shown: Sendable {
        let pages = Mutex<(pages: StatusPages?, isRunning: Bool)>((nil, false))
    }

    /// An endpoint that is not served yet.
    public init(logger: Logger) {
        self.logger = logger
    }

    /// Serves an agent's pages at an address, or nothing if there is none. Throws `StatusServerError` if the address cannot be
    /// listened at, and then all is as before, unless its port is the old one's: nothing is served then.
    func show(_ pages: StatusPages, at address: ListenAddress?) async throws(StatusServerError) {
        if let address {
            if serving?.address != address {
                let server = try await self.server(at: address)
                await end()
                serving = (address, server)
                logger.notice("serving the status page", metadata: ["at": "\(address.host):\(server.port)"])
            }
        } else {
            await end()
        }
        shown.pages.withLock { $0 = (pages, true) }
    }

    private func server(at address: ListenAddress) async throws(StatusServerError) -> StatusServer {
        let shown = shown
        let make = { () throws(StatusServerError) in
            try StatusServer(address) { shown.pages.withLock { $0 } }
        }
        do throws(StatusServerError) {
            return try make()
        } catch {
            // The same port at another address of this host may be taken by the old server.
            guard error.isTaken, serving?.address.port == address.port else { throw error }
            await end()
            return try make()
        }
    }

    /// The agent whose pages are shown has ended. Its status goes on to be shown until the next one's; that it is healthy
    /// does not.
    func agentEnds() { shown.pages.withLock { $0.isRunning = false } }

    /// Ends it, within a second.
    public func close() async {
        await end()
        shown.pages.withLock { $0 = (nil, false) }
    }

    private func end() async {
        guard let old = serving else { return }
        serving = nil
        await old.server.close()
    }
}
