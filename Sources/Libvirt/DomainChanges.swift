import Synchronization

/// What events have told since the last look: which domains' descriptions are out of date, and whether the connection
/// has closed. Written by libvirt's event thread.
final class DomainChanges: Sendable {
    private let state = Mutex(State())

    struct State {
        var domains: Set<String> = []
        var closed: String?
    }

    /// A domain's description is out of date.
    func insert(_ uuid: String) {
        state.withLock { _ = $0.domains.insert(uuid) }
    }

    /// The connection is of no more use.
    func close(reason: String) {
        state.withLock { $0.closed = reason }
    }

    /// Why the connection is of no more use, if it is.
    var closedReason: String? { state.withLock { $0.closed } }

    /// The changed domains; forgets them.
    func take() -> Set<String> {
        state.withLock { state in
            defer { state.domains = [] }
            return state.domains
        }
    }
}
