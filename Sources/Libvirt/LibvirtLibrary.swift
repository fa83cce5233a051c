import CLibvirt
import Threads

/// The library as a whole: initialised once a process, silent, with its event loop on a thread of its own.
enum LibvirtLibrary {
    /// The outcome of the first use. Errors here are not passing ones: the library cannot be used.
    private static let started: Result<Void, LibvirtError> = {
        // Before anything else: typed parameters corrupt the heap without it.
        guard virInitialize() == 0 else { return .failure(.last(call: "virInitialize")) }
        // Without a handler libvirt prints every error on standard error.
        virSetErrorFunc(nil) { _, _ in }
        // Keep-alive and events need a loop that is registered before a connection is opened.
        guard let eventLoop else {
            return .failure(
                LibvirtError(
                    call: "virEventRegisterImpl", domain: nil, code: 0, origin: 0,
                    message: "no more files can be opened (ulimit -n)"))
        }
        virEventRegisterImpl(
            { descriptor, events, callback, context, free in
                guard let eventLoop = Self.eventLoop, let callback else { return -1 }
                return eventLoop.addHandle(descriptor, events, callback, context, free)
            },
            { id, events in Self.eventLoop?.updateHandle(id, events) },
            { id in Self.eventLoop?.removeHandle(id) ?? -1 },
            { milliseconds, callback, context, free in
                guard let eventLoop = Self.eventLoop, let callback else { return -1 }
                return eventLoop.addTimeout(milliseconds, callback, context, free)
            },
            { id, milliseconds in Self.eventLoop?.updateTimeout(id, milliseconds) },
            { id in Self.eventLoop?.removeTimeout(id) ?? -1 })
        startThread(named: "libvirt-events") { eventLoop.run() }
        return .success(())
    }()

    private static let eventLoop = EventLoop()

    /// Sees to it that the library can be used; throws the reason why it cannot.
    static func start() throws(LibvirtError) {
        try started.get()
    }

    /// libvirt's version, such as `9.0.0`.
    static var version: String {
        var number: UInt = 0
        guard virGetVersion(&number, nil, nil) == 0 else { return "unknown" }
        return "\(number / 1_000_000).\(number / 1000 % 1000).\(number % 1000)"
    }
}
