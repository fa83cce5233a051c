import Hypervisor
import Logging

// The connection: opened when it is needed, given up when it is of no more use.
extension LibvirtHypervisor {
    /// The present connection, or a new one.
    func connected() async throws(HypervisorError) -> Link {
        guard !isClosed else { throw closed }
        if let link {
            guard let reason = link.connection.changes.closedReason else { return link }
            logger.debug("reconnecting", metadata: ["reason": "\(reason)"])
            disconnect()
        }
        let new: Link
        if let scout, scout.connection.changes.closedReason == nil {
            new = scout
        } else {
            new = try await open()
        }
        scout = nil
        link = new
        // What happened meanwhile nobody has told us.
        catalogue.expireAll()
        lastResync = .now
        return new
    }

    /// A new connection, which is waited for at most so long: by default a call's deadline.
    func open(within limit: Duration? = nil) async throws(HypervisorError) -> Link {
        guard !isClosed else { throw closed }
        // A connect to a daemon that hangs never returns, and waits no shorter if it is made twice.
        guard !isConnecting else {
            throw HypervisorError(
                .timedOut, "\(shown): virConnectOpenReadOnly has not returned yet; libvirtd accepts but does not answer"
            )
        }
        isConnecting = true
        let lane = CallLane(census: census)
        let uri = uri
        calls += 1
        let limit = limit ?? deadline
        let outcome = await lane.call(deadline: limit, late: { [weak self] _ in self?.connectReturned() }) {
            LibvirtConnection.open(uri: uri)
        }
        switch outcome {
        case .answered(.success(let connection)):
            isConnecting = false
            guard !isClosed else { throw closed }
            return Link(connection: connection, lane: lane)
        case .answered(.failure(let error)):
            isConnecting = false
            throw HypervisorError(.unreachable, "\(shown): \(error)")
        case .overdue:
            throw HypervisorError(
                .timedOut,
                "\(shown): virConnectOpenReadOnly did not return within \(limit); libvirtd does not answer")
        }
    }

    private nonisolated func connectReturned() {
        Task { await self.allowConnect() }
    }

    private func allowConnect() {
        isConnecting = false
    }

    func disconnect() {
        link = nil
    }

    private var closed: HypervisorError { HypervisorError(.unreachable, "\(shown): it was closed") }
}
