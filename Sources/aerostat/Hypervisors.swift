import Agent
import Configuration
import Foundation
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
        let result: Result<Recording, Failure> = await offPool {
            do {
                return .success(try Recording(json: [UInt8](Data(contentsOf: URL(filePath: path)))))
            } catch {
                return .failure(Failure(code: ExitStatus.failed, message: "recording \(path): \(reason(error))"))
            }
        }
        return try result.get()
    }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? HypervisorError { return error.description }
        return (error as NSError).localizedDescription
    }
}
