import Agent
import Configuration
import Glibc
import Hypervisor
import Libvirt
import Logging
import Publishers
import Threads

/// Makes the hypervisor that a command polls.
enum Hypervisors {
    /// The libvirt connection of a configuration.
    static func libvirt(_ settings: Settings, logger: Logger) -> LibvirtHypervisor {
        LibvirtHypervisor(
            uri: settings.libvirtURI.value, shown: PublisherFactory.redacted(settings.libvirtURI.value),
            deadline: settings.libvirtTimeout,
            resyncInterval: settings.resyncInterval, logger: logger, now: { WallClock.now })
    }

    /// Reads a recording's file. Throws `Failure` that names the file and what is wrong with it.
    static func recording(_ path: String) async throws -> Recording {
        try await offPool { () throws(Failure) in
            do {
                return try Recording(json: try contents(of: path))
            } catch {
                // An error of the file begins with its path, or with the directory that is in the way.
                let prefix = (error as? FileAccessError)?.path == path ? "" : "\(path): "
                throw Failure(code: ExitStatus.failed, message: "recording \(prefix)\(error)")
            }
        }
    }

    /// All that a file or a pipe gives. Throws `FileAccessError`. Blocks.
    private static func contents(of path: String) throws(FileAccessError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileAccessError(path, code: errno) }
        defer { close(descriptor) }
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { return contents }
            if count > 0 {
                contents += buffer[..<count]
            } else if errno != EINTR {
                throw FileAccessError(path, code: errno)
            }
        }
    }
}
