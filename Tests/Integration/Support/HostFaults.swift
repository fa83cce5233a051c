import Foundation
import TestServers

/// Faults of the host that a process is made to see: a name server, a disk or a clock that fails (Tests/TestBed/faults.c).
final class HostFaults: Sendable {
    /// What can fail, named as faults.c names it.
    enum Fault: String {
        /// Look-ups of a name do not return.
        case resolver
        /// The wall clock differs by so many seconds.
        case clock
        /// fsync and fdatasync do not return.
        case fsync
        /// Files below a path cannot be opened or looked at: nothing returns, as on a mount whose server is gone.
        case mount
        /// No thread can be started.
        case threads
    }

    private let folder: TemporaryFolder

    /// Compiles the library with the C compiler of the Swift toolchain.
    init() async throws {
        folder = try TemporaryFolder()
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "TestBed/faults.c").path()
        let compiler = try await run(
            "/usr/bin/env", ["clang", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"])
        guard compiler.status == 0 else { throw CommandError(description: "faults.c: \(compiler.errors)") }
    }

    private var library: String { folder.path("faults.so") }

    /// With this environment a process sees the faults.
    var environment: [String: String] { ["LD_PRELOAD": library, "AEROSTAT_FAULTS": folder.path] }

    /// Begins a fault: of a resolver with the name that it hangs at, of a clock with the seconds that it is ahead, of a mount with its path.
    func begin(_ fault: Fault, _ value: String = "") throws { try folder.write(fault.rawValue, value + "\n") }

    /// Ends a fault.
    func end(_ fault: Fault) throws { try FileManager.default.removeItem(atPath: folder.path(fault.rawValue)) }
}
