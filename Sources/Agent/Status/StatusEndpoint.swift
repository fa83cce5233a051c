import Configuration
public import Logging

/// The status endpoint of a process. It outlives its agents: through a reload it goes on answering, of the agent that was
/// there last, and the address is given up only if the new configuration has another.
///
/// FlyingFox keeps one descriptor of each server that has ended (ePoll.stop never closes its event trigger): one more
/// reason not to make a server for each agent.
public actor StatusEndpoint {
    private let logger: Logger
    private var pages: StatusPages?
    private var serving: (address: ListenAddress, task: Task<Void, any Error>, watch: Task<Void, Never>)?

    /// An endpoint that is not served yet.
    public init(logger: Logger) {
        self.logger = logger
    }

    /// Serves an agent's pages at an address, or nothing if there is none. Throws `StatusServerError` if the address
    /// cannot be listened at; the pages are as before then.
    func show(_ pages: StatusPages, at address: ListenAddress?) async throws(StatusServerError) {
        if let address, serving?.address != address {
            // The same port at another address of this host may be taken by the old server.
            if let old = serving, old.address.port == address.port {
                end()
                _ = await old.task.result
            }
            let server = try await StatusServer(address) { await self.pages }
            let task = try await server.start(address)
            end()
            serving = (address, task, Task { await self.watch(task, address) })
        } else if address == nil {
            end()
        }
        self.pages = pages
    }

    /// Ends it.
    public func close() {
        end()
        pages = nil
    }

    private func end() {
        serving?.watch.cancel()
        serving?.task.cancel()
        serving = nil
    }

    private func watch(_ task: Task<Void, any Error>, _ address: ListenAddress) async {
        let result = await task.result
        // The end of the endpoint closes the socket, which the server tells as an error.
        guard !Task.isCancelled, case .failure(let error) = result else { return }
        // So that the next agent starts it anew.
        serving = nil
        logger.error(
            "the status endpoint ended", metadata: ["at": "\(address.host):\(address.port)", "error": "\(error)"])
    }
}
