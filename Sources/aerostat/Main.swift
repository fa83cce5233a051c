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
        // A signal that comes before this process can receive it would end it. Those that nobody receives are delivered
        // below, with their usual effect.
        ProcessSignals.hold(RunSignals.all)
        // A reader that goes away is a write error, not a death.
        signal(SIGPIPE, SIG_IGN)
        // What is opened later must not be taken for a standard stream that is closed. Its use stays an error.
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) == -1 {
            _ = open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
        SpareMemory.shareOneArena()
        TaskThread.runAllTasks()
        let command = parsed()
        if case .success(is RunCommand) = command { RunSignals.begin() }
        ProcessSignals.release(RunSignals.all)
        await run(command)
    }

    private nonisolated static func parsed() -> sending Result<any ParsableCommand, any Error> {
        do { return .success(try Aerostat.parseAsRoot()) } catch { return .failure(error) }
    }

    /// Not on the main actor, whose thread is Dispatch's: at the limit of threads there may be none to end the process.
    private nonisolated static func run(_ command: sending Result<any ParsableCommand, any Error>) async -> Never {
        let ending: (any Error)?
        do {
            var command = try command.get()
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
        let code = ending.map(status) ?? 0
        await LogOutput.standardError.flush(within: .seconds(1))
        // Not by exit(3), which takes libraries down under threads that were left behind in them.
        fflush(nil)
        _exit(code)
    }

    /// The exit status of a command that ended with this error, which is told.
    private static func status(_ error: any Error) -> Int32 {
        if let failure = error as? Failure {
            StandardError.write("aerostat: \(failure.message)\n")
            return failure.code
        }
        let code = Aerostat.exitCode(for: error)
        let message = Aerostat.fullMessage(for: error)
        if code == .success {
            print(message)
            return 0
        }
        if !message.isEmpty { StandardError.write(message + "\n") }
        return code == .validationFailure ? ExitStatus.usage : ExitStatus.failed
    }
}
