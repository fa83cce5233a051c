import Hypervisor
import Logging

// The connection: opened when it is needed, given up when it is of no more use.
extension LibvirtHypervisor {
    /// A connect that has not returned.
    struct Connecting {
        let number: Int
        let began: ContinuousClock.Instant
        /// How long no other connect is made for its sake.
        let patience: Duration
    }

    /// How long a connect is waited for at most until another is tried, however many have not returned.
    private static let longestPatience = Duration.seconds(3600)

    /// The present connection, or a new one.
    func connected() async throws(HypervisorError) -> Link {
        guard !isClosed else { throw closed }
        if let link {
            guard let reason = link.calls.changes.closedReason else { return link }
            logger.debug("reconnecting", metadata: ["reason": "\(reason)"])
            disconnect()
        }
        let new: Link
        if let scout, scout.calls.changes.closedReason == nil {
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
        // A connect to a daemon that hangs does not return, and another one would not either. But one whose peer has vanished
        // never returns, so that another is tried some day; if too many do not, the process must be restarted.
        var patience = connectPatience
        if let connecting {
            guard ContinuousClock.now - connecting.began >= connecting.patience else {
                throw HypervisorError(
                    .timedOut,
                    "\(shown): virConnectOpenReadOnly has not returned yet; libvirtd accepts but does not answer")
            }
            patience = min(connecting.patience * 2, Self.longestPatience)
            guard !census.isExhausted else { throw exhausted }
        }
        connects += 1
        let number = connects
        connecting = Connecting(number: number, began: .now, patience: patience)
        let lane = CallLane(census: census)
        let connect = connect
        calls += 1
        let limit = limit ?? deadline
        let outcome = await lane.call(deadline: limit, late: { [weak self] _ in self?.connectReturned(number) }) {
            connect()
        }
        switch outcome {
        case .answered(.success(let calls)):
            allowConnect(number)
            guard !isClosed else { throw closed }
            return Link(calls: calls, lane: lane)
        case .answered(.failure(let error)):
            allowConnect(number)
            throw HypervisorError(.unreachable, "\(shown): \(error)")
        case .overdue:
            throw HypervisorError(
                .timedOut,
                "\(shown): virConnectOpenReadOnly did not return within \(limit); libvirtd does not answer")
        }
    }

    private nonisolated func connectReturned(_ number: Int) {
        Task { await self.allowConnect(number) }
    }

    private func allowConnect(_ number: Int) {
        if connecting?.number == number { connecting = nil }
    }

    func disconnect() {
        link = nil
    }

    private var closed: HypervisorError { HypervisorError(.unreachable, "\(shown): it was closed") }

    /// Too many calls have not returned; names the guests that were seen to hang.
    var exhausted: HypervisorError {
        var guests = hanging.values.sorted().joined(separator: ", ")
        if guests.isEmpty { guests = "none is known; look for guests whose QEMU hangs" }
        return HypervisorError(
            .exhausted,
            "\(shown): \(census.outstanding) calls have not returned, so no further call is made; guests that do not answer: "
                + guests)
    }
}
