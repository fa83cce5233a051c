import Foundation
import Glibc
import Synchronization

/// A process that a test started. Foundation's `Process` is of no use here: it takes a command for running as long as
/// a daemon that the command left behind is.
final class ChildProcess: Sendable {
    let identifier: pid_t
    private let ending = Mutex<Int32?>(nil)

    /// Starts a command whose output goes to files, which are made.
    init(
        _ executable: String, _ arguments: [String], environment: [String: String], output: String, errors: String
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let flags = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, flags, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, flags, 0o600)
        // FlyingFox's event triggers would be inherited, and counted as the child's. Those that are not open do no harm.
        for descriptor in STDERR_FILENO + 1..<1024 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        // Dispatch's threads, on which tests run, block nearly all signals, and a child would inherit that: a libvirtd
        // that was started so never sees a SIGTERM.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let all = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        var argv: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = all.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, executable, &actions, &attributes, &argv, &envp)
        guard status == 0 else {
            throw CommandError(description: "\(executable): \(String(cString: strerror(status)))")
        }
        identifier = pid
    }

    /// The exit status, or the negative number of the signal that ended it; `nil` while it runs.
    var status: Int32? {
        ending.withLock { ending in
            if let ending { return ending }
            var word: Int32 = 0
            guard waitpid(identifier, &word, WNOHANG) == identifier else { return nil }
            let signal = word & 0x7F
            ending = signal == 0 ? (word >> 8) & 0xFF : -signal
            return ending
        }
    }

    var isRunning: Bool { status == nil }

    func signal(_ number: Int32) {
        if isRunning { kill(identifier, number) }
    }
}
