import CLibvirt
import Foundation

/// The library as a whole: initialised once a process, silent, with its event loop on a thread of its own.
enum LibvirtLibrary {
    /// The outcome of the first use. Errors here are not passing ones: the library cannot be used.
    private static let started: Result<Void, LibvirtError> = {
        // Before anything else: typed parameters corrupt the heap without it.
        guard virInitialize() == 0 else { return .failure(.last(call: "virInitialize")) }
        // Without a handler libvirt prints every error on standard error.
        virSetErrorFunc(nil) { _, _ in }
        // Keep-alive and events need a loop that is registered before a connection is opened.
        guard virEventRegisterDefaultImpl() == 0 else { return .failure(.last(call: "virEventRegisterDefaultImpl")) }
        let thread = Thread {
            // An iteration that fails at once, for ever, must not take a whole processor.
            while true {
                if virEventRunDefaultImpl() < 0 { Thread.sleep(forTimeInterval: 1) }
            }
        }
        thread.name = "libvirt-events"
        thread.stackSize = 256 * 1024
        thread.start()
        return .success(())
    }()

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
