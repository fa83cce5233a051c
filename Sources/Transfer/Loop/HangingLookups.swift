import Glibc
import Synchronization
import Threads

/// Names whose look-up has not returned.
///
/// A look-up that takes longer than a request may is left behind with its thread, as nothing can end it. So that those
/// threads do not add up while the name servers are silent, a name that was left behind is looked up here once more, and
/// until that returns no request looks it up.
final class HangingLookups: Sendable {
    /// Those of the process.
    static let shared = HangingLookups()

    private let names = Mutex<[String: MonotonicTime]>([:])
    private let lookUp: @Sendable (String) -> Void

    init(lookUp: @escaping @Sendable (String) -> Void = HangingLookups.resolve) {
        self.lookUp = lookUp
    }

    /// Notes that the look-up for a request has not returned in its time.
    func leftBehind(_ request: TransferRequest) {
        guard let name = request.lookedUpName else { return }
        let isNew = names.withLock { names in
            guard names[name] == nil else { return false }
            names[name] = .now
            return true
        }
        guard isNew else { return }
        startOccasionalThread(named: "resolver") { [self] in
            lookUp(name)
            _ = names.withLock { $0.removeValue(forKey: name) }
        }
    }

    /// Why a request cannot begin now; `nil` if it can.
    func problem(of request: TransferRequest) -> String? {
        guard let name = request.lookedUpName, let since = names.withLock({ $0[name] }) else { return nil }
        return "Could not resolve host: \(name) (the look-up has not returned for \(since.secondsAgo) s)"
    }

    private static let resolve: @Sendable (String) -> Void = { name in
        var found: UnsafeMutablePointer<addrinfo>?
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        // Whatever comes of it: the next request asks again.
        if getaddrinfo(name, nil, &hints, &found) == 0, let found { freeaddrinfo(found) }
    }
}

extension TransferRequest {
    /// The name that a connection for this request needs the address of; `nil` if it needs none.
    var lookedUpName: String? {
        guard unixSocket == nil else { return nil }
        return EnvironmentProxy(for: url)?.host ?? URLHost(url)?.name
    }
}
