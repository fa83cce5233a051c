import CThreads
import Glibc

/// Starts a thread. A process that cannot have one ends: it can do nothing any more.
///
/// Signals from without are other threads' business; and with SIGPIPE blocked a broken connection is an error, not an end. `name` is
/// what `ps -L` shows, 15 bytes of it.
public func startThread(named name: String, _ body: @escaping @Sendable () -> Void) {
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
    guard status == 0 else {
        fatalError("no thread can be started: \(String(cString: strerror(status))); check TasksMax and ulimit -u")
    }
}

private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}
