import CThreads
import Glibc

/// Starts a thread that the process cannot do without. If none can be had, the process ends with status 1 and says so.
///
/// Signals from without are other threads' business; and with SIGPIPE blocked a broken connection is an error, not an end. `name` is
/// what `ps -L` shows, 15 bytes of it.
public func startThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    let status = tryStartThread(named: name, body)
    guard status != 0 else { return }
    let line = "aerostat: no thread can be started: \(String(cString: strerror(status))); raise TasksMax or ulimit -u\n"
    var output = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
    // A reader that has stalled must not keep the process.
    if poll(&output, 1, 0) == 1 { _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) } }
    _exit(1)
}

/// Runs work that blocks and ends on a thread of its own or, if none can be had, on the process's spare one, after the
/// work that was given to that before.
public func startOccasionalThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    if tryStartThread(named: name, body) != 0 { SpareThread.run(body) }
}

/// Starts a thread. 0, or the error number of pthread_create(3).
func tryStartThread(named name: String, _ body: @escaping @Sendable () -> Void) -> CInt {
    let start = Unmanaged.passRetained(Start(name: name, body: body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    defer { pthread_attr_destroy(&attributes) }
    var thread = pthread_t()
    let status = pthread_create(
        &thread, &attributes,
        { context in
            guard let context else { return nil }
            let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
            var all = sigset_t()
            sigfillset(&all)
            // These come from the thread itself, and Swift's runtime tells of them.
            for fault in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE] { sigdelset(&all, fault) }
            pthread_sigmask(SIG_BLOCK, &all, nil)
            name_current_thread(start.name)
            start.body()
            return nil
        }, start.toOpaque())
    if status != 0 { start.release() }
    return status
}

private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

/// A thread that is started while threads can be had. It does the work of those that cannot be had later, so that an
/// agent at its limit of threads or memory can still close its files and end.
enum SpareThread {
    private static let work = Monitor<[@Sendable () -> Void]>([])

    private static let isStarted: Bool = {
        let status = tryStartThread(named: "spare") {
            while true {
                let bodies: [@Sendable () -> Void] = work.wait { work in
                    guard !work.isEmpty else { return .nothing(until: nil) }
                    defer { work = [] }
                    return .value(work)
                }
                for body in bodies { body() }
            }
        }
        return status == 0
    }()

    /// Starts the thread, if that was not done before.
    static func prepare() { _ = isStarted }

    /// Runs work after all that it was given before; without a thread, at once, on the caller's.
    static func run(_ body: @escaping @Sendable () -> Void) {
        guard isStarted else { return body() }
        work.change { $0.append(body) }
    }
}
