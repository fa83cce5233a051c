import Configuration
import Keystone
public import Logging

/// The status endpoint of a process. It outlives its agents: through a reload it goes on answering, of the agent that was
/// there last, and the address is given up only if the new configuration has another.
///
/// FlyingFox keeps one descriptor of each server that has ended (ePoll.stop never closes its event trigger): one more
/// reason not to make a server for each agent.
public actor StatusEndpoint {
    private let logger: Logger
    private var pages: StatusPages?
    private var isRunning = false
    private var serving: (address: ListenAddress, task: Task<Void, any Error>, watch: Task<Void, Never>)?

    /// An endpoint that is not served yet.
    public init(logger: Logger) {
        self.logger = logger
    }

    /// Serves an agent's pages at an address, or nothing if there is none. Throws `StatusServerError` if the address is
    /// none, and then all is as before; or if it cannot be listened at, and then, if its port is the old one's, nothing is
    /// served.
    func show(_ pages: StatusPages, at address: ListenAddress?) async throws(StatusServerError) {
        if let address, serving?.address != address {
            let server = try await StatusServer(address) {
                await self.pages
            } isRunning: {
                await self.isRunning
            }
            // The same port at another address of this host may be taken by the old server.
            if let old = serving, old.address.port == address.port {
                end()
                await BoundedWait.all([Task { _ = await old.task.result }], within: .seconds(2))
            }
            let task = try await server.start(address)
            end()
            serving = (address, task, Task { await self.watch(task, address) })
        } else if address == nil {
            end()
        }
        self.pages = pages
        isRunning = true
    }

    /// The agent whose pages are shown has ended. Its status goes on to be shown until the next one's; that it is healthy
    /// does not.
    func agentEnds() { isRunning = false }

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
        guard !Task.isCancelled else { return }
        // So that the next agent starts it anew.
        serving = nil
        let error = if case .failure(let error) = result { "\(error)" } else { "without an error" }
        logger.error(
            "the status endpoint ended", metadata: ["at": "\(address.host):\(address.port)", "error": "\(error)"])
    }
}
