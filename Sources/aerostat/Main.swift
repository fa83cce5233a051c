import Agent
import ArgumentParser
import Glibc
import Libvirt
import Threads

/// Parses the command line and maps what comes of it to exit codes: 0, 1 (it failed), 2 (usage), 78 (configuration).
@main
struct Main {
    /// On the main actor, as everything else begins on the pool that `runAllTasks` replaces.
    @MainActor
    static func main() async {
        // A reader that goes away is a write error, not a death.
        signal(SIGPIPE, SIG_IGN)
        SpareMemory.shareOneArena()
        TaskThread.runAllTasks()
        let ending: (any Error)?
        do {
            var command = try Aerostat.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            ending = nil
        } catch {
            ending = error
        }
        await LibvirtHypervisor.takeLeave()
        if let ending { end(ending) }
    }

    private static func end(_ error: any Error) -> Never {
        if let failure = error as? Failure {
            StandardError.write("aerostat: \(failure.message)\n")
            exit(failure.code)
        }
        let code = Aerostat.exitCode(for: error)
        let message = Aerostat.fullMessage(for: error)
        if code == .success {
            print(message)
            exit(0)
        }
        if !message.isEmpty { StandardError.write(message + "\n") }
        exit(code == .validationFailure ? ExitStatus.usage : ExitStatus.failed)
    }
}
