internal import CMicrohttpd
internal import Glibc
import Synchronization
import Threads

/// An HTTP server for pages that are ready to be sent: GET and HEAD, on one thread of libmicrohttpd's.
///
/// Its clients cannot reach the rest of the process. The head of a request is bounded, bodies are not read, the number of
/// connections is limited, and a connection that stands still, or takes its answer too slowly, is closed. The server's thread
/// calls the handlers, so they must not wait.
public final class HTTPServer: Sendable {
    /// What a server grants its clients.
    public struct Limits: Sendable {
        /// Connections that are open at a time. Of a process with few descriptors at most a quarter of these.
        public var connections = 64
        /// Bytes of a request's line and fields. 431 is the answer to more.
        public var head = 16 * 1024
        /// Time without any traffic after which a connection is closed. Whole seconds.
        public var idle = Duration.seconds(10)
        /// Time in which an answer must be taken.
        public var answer = Duration.seconds(60)

        /// Limits for a page that few clients ask for.
        public init() {}
    }

    private let daemon: Mutex<Daemon?>
    private let socket: ListeningSocket

    /// Listens at a port of an IP address, and serves the handlers' paths.
    ///
    /// A request whose `Host` is neither an IP address nor `localhost` nor a name that `isOwnName` accepts is refused; the names
    /// are in small letters. Throws if the address cannot be listened at.
    public init(
        ip: String, port: UInt16, limits: Limits = Limits(), isOwnName: @escaping @Sendable (String) -> Bool,
        handlers: [String: HTTPHandler]
    ) throws(HTTPServerError) {
        socket = try ListeningSocket(ip: ip, port: port, patience: Int(limits.idle.components.seconds))
        let connections = Self.connections(limits)
        let service = Unmanaged.passRetained(
            Service(
                handlers: handlers, isOwnName: isOwnName,
                connections: Connections(limit: connections, answerLimit: limits.answer)))
        var settings = mhd_settings(
            listener: socket.descriptor, request_memory: limits.head,
            // More than `Connections` leaves open: a few are accepted before those that it ends are gone.
            connections: UInt32(connections + 16), idle_seconds: UInt32(limits.idle.components.seconds),
            context: service.toOpaque(), handle: handle, completed: completed, connection: connectionChanged)
        guard let handle = mhd_start(&settings) else {
            service.release()
            throw .cannotStart
        }
        daemon = Mutex(Daemon(handle: handle, service: service, socket: socket))
    }

    deinit {
        if let daemon = take() { startOccasionalThread(named: "http-close") { daemon.end() } }
    }

    /// The port, which the system has chosen if it was 0.
    public var port: UInt16 { socket.port }

    /// Ends listening, closes all connections, and waits for a handler that is running, but not beyond `limit`. The address
    /// is free when it returns.
    public func close(within limit: Duration) async {
        guard let daemon = take() else { return }
        let (ends, end) = AsyncStream<Void>.makeStream()
        startOccasionalThread(named: "http-close") {
            daemon.end()
            end.yield()
        }
        let alarm = TaskThread.agent.after(limit) { end.yield() }
        for await _ in ends { break }
        TaskThread.agent.callOff(alarm)
    }

    /// Takes the daemon, which no longer listens; `nil` if it was taken before.
    private func take() -> Daemon? {
        let taken = daemon.withLock { daemon in
            defer { daemon = nil }
            return daemon
        }
        taken?.stopListening()
        return taken
    }

    /// A server must not take the descriptors that the rest of the process needs.
    private static func connections(_ limits: Limits) -> Int {
        var descriptors = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &descriptors) == 0 else {
            return limits.connections
        }
        return max(4, min(limits.connections, Int(clamping: descriptors.rlim_cur) / 4))
    }
}

/// A daemon of libmicrohttpd's.
///
/// `@unchecked Sendable`: it has one owner, which ends it once; the library locks what it shares with its thread.
private struct Daemon: @unchecked Sendable {
    let handle: OpaquePointer
    let service: Unmanaged<Service>
    let socket: ListeningSocket

    func stopListening() {
        // The daemon first: the socket would seem ready to it for ever.
        _ = MHD_quiesce_daemon(handle)
        socket.stopListening()
    }

    /// Ends the daemon. Waits for a handler that is running.
    func end() {
        MHD_stop_daemon(handle)
        service.release()
    }
}
