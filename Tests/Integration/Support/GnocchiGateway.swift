import Synchronization
import TestServers

/// What stands before a real Gnocchi: it passes everything on, or has a fault for as long as it is told.
final class GnocchiGateway: Sendable {
    /// What it does to requests.
    enum Fault: Sendable {
        /// It answers by itself, and Gnocchi sees nothing.
        case answers(LoopbackAnswer)
        /// Gnocchi does what it was asked, and this is what comes back.
        case loses(LoopbackAnswer)
        /// It answers 413 to what is larger, in bytes.
        case limits(Int)
    }

    private struct State: Sendable {
        var fault: Fault?
        var met = 0
    }

    private final class Shared: Sendable {
        let state = Mutex(State())
    }

    private let shared = Shared()
    private let server: LoopbackServer

    /// A gateway to the Gnocchi at a port of 127.0.0.1.
    init(to port: UInt16) throws {
        server = try LoopbackServer { [shared] request in
            let fault = shared.state.withLock(\.fault)
            func note() { shared.state.withLock { $0.met += 1 } }
            switch fault {
            case .answers(let answer):
                note()
                return answer
            case .loses(let answer):
                _ = LoopbackClient.forward(request, to: port)
                note()
                return answer
            case .limits(let size) where request.body.count > size:
                note()
                return .status(413)
            case .limits, nil: return LoopbackClient.forward(request, to: port) ?? .status(502)
            }
        }
    }

    deinit { server.stop() }

    /// `http://127.0.0.1:PORT`
    var url: String { "http://127.0.0.1:\(server.port)" }

    /// The lines of the requests so far, `POST /v1/…`.
    var lines: [String] { server.requests.map { $0.line.replacing(" HTTP/1.1", with: "") } }

    /// How many requests the fault has met.
    var met: Int { shared.state.withLock(\.met) }

    /// Has a fault from now on; `nil`: none any more.
    func have(_ fault: Fault?) {
        shared.state.withLock { state in
            state.fault = fault
            state.met = 0
        }
    }
}
