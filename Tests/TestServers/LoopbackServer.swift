import Foundation
import Glibc
import Synchronization

/// An HTTP server on 127.0.0.1 and a port of the system's choice, or on a Unix socket, that records what it gets and
/// answers as it is told, well or badly. A thread for each connection.
public final class LoopbackServer: Sendable {
    private struct Waiter {
        let condition: @Sendable (Counts) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var requests: [LoopbackRequest] = []
        var connections = 0
        var open: Set<Int32> = []
        var closed = 0
        var isStopped = false
        var waiters: [Int: Waiter] = [:]
        var lastWaiter = 0
    }

    /// How much happened so far.
    public struct Counts: Sendable {
        /// Requests that came whole.
        public let requests: Int
        /// Connections that were made.
        public let connections: Int
        /// Connections that have ended.
        public let closed: Int
    }

    /// The port; 0 on a Unix socket.
    public let port: Int
    private let listener: Int32
    private let keepsRequests: Bool
    private let answer: (@Sendable (LoopbackRequest) -> LoopbackAnswer)?
    private let state = Mutex(State())

    /// A server that answers every request with what `answer` says; without it every connection is closed at once.
    /// It listens at `port` if that is not 0, and forgets what it got unless it `keepsRequests`.
    public init(
        unixSocket: String? = nil, port: Int = 0, keepsRequests: Bool = true,
        answer: (@Sendable (LoopbackRequest) -> LoopbackAnswer)? = { _ in .ok }
    ) throws {
        self.answer = answer
        self.keepsRequests = keepsRequests
        let socket = try ListeningSocket(unixSocket: unixSocket, port: port)
        listener = socket.descriptor
        self.port = socket.port
        Thread.detachNewThread { [self] in acceptAll() }
    }

    /// `http://127.0.0.1:port` and the path.
    public func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }

    /// Everything received so far, in order.
    public var requests: [LoopbackRequest] { state.withLock(\.requests) }

    /// How much happened so far.
    public var counts: Counts { state.withLock { Self.counts($0) } }

    /// Waits until the counts fulfil a condition, or the task is cancelled, as one is whose time is over.
    public func wait(until condition: @escaping @Sendable (Counts) -> Bool) async {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if Task.isCancelled || condition(Self.counts(state)) { return true }
                    state.waiters[number] = Waiter(condition: condition, continuation: continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume()
        }
    }

    /// Ends all connections and takes no more.
    public func stop() {
        let open = state.withLock { state in
            state.isStopped = true
            return state.open
        }
        for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private static func counts(_ state: State) -> Counts {
        Counts(requests: state.requests.count, connections: state.connections, closed: state.closed)
    }

    private func update(_ change: @Sendable (inout State) -> Void) {
        let ready = state.withLock { state in
            change(&state)
            let counts = Self.counts(state)
            let ready = state.waiters.filter { $0.value.condition(counts) }
            for number in ready.keys { state.waiters[number] = nil }
            return ready.values
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    private func acceptAll() {
        while true {
            let descriptor = accept(listener, nil, nil)
            if descriptor < 0, errno == EINTR || errno == ECONNABORTED { continue }
            guard descriptor >= 0, !state.withLock(\.isStopped) else { break }
            update { state in
                state.connections += 1
                state.open.insert(descriptor)
            }
            Thread.detachNewThread { [self] in
                if answer != nil { serve(descriptor) }
                update { state in
                    state.open.remove(descriptor)
                    state.closed += 1
                }
                close(descriptor)
            }
        }
        close(listener)
    }

    private func serve(_ descriptor: Int32) {
        var reader = RequestReader(descriptor: descriptor)
        while let request = reader.next(), let answer = answer?(request) {
            if keepsRequests { update { $0.requests.append(request) } }
            var rest = answer.encoded[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                if count <= 0 { return }
                rest = rest.dropFirst(count)
            }
            switch answer {
            case .status: continue
            case .bytes: return
            case .hang, .stall: return reader.drain()
            case .reset:
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
                return
            }
        }
    }
}
