import Glibc

/// Who may use a state directory. Everything blocks.
enum StateAccess {
    /// Something else stands where a state directory is to be.
    static func noDirectory(_ directory: String) -> OutboxError {
        OutboxError(
            .unusable,
            "the state directory \(directory) is no directory; remove what stands there, or set [aerostat] state_path to "
                + "another")
    }

    /// Throws `OutboxError` if a directory belongs to another user: what it holds could be changed beneath the agent.
    static func requireOwn(_ directory: String) throws(OutboxError) {
        var status = stat()
        guard stat(directory, &status) == 0, status.st_uid != geteuid() else { return }
        throw OutboxError(
            .unusable,
            "the state directory \(directory) belongs to \(name(of: status.st_uid)), and this process runs as "
                + "\(name(of: geteuid())); run it as the owner, or chown the directory, or set [aerostat] state_path to another"
        )
    }

    /// Why the present user is told nothing of the agent that has a state directory; `nil` if it is the agent's, or root.
    static func problem(with directory: String) -> String? {
        guard geteuid() != 0 else { return nil }
        var status = stat()
        guard stat(directory, &status) == 0 else {
            return errno == EACCES ? "\(directory): permission denied; \(remedy(for: directory))" : nil
        }
        guard status.st_uid != geteuid() else { return nil }
        return
            "\(directory) belongs to \(name(of: status.st_uid)), whose agent answers no other user; \(remedy(for: directory))"
    }

    /// What an operator can do who may not use a state directory.
    static func remedy(for directory: String) -> String {
        var status = stat()
        guard stat(directory, &status) == 0, status.st_uid != geteuid() else {
            return "run this as the agent's user: runuser -u USER -- aerostat outbox"
        }
        return "run this as the directory's owner: runuser -u \(name(of: status.st_uid)) -- aerostat outbox"
    }

    /// A user's name, or the number of one who has none.
    private static func name(of user: uid_t) -> String {
        var entry = passwd()
        var buffer = [CChar](repeating: 0, count: 16_384)
        var found: UnsafeMutablePointer<passwd>?
        guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name
        else {
            return "#\(user)"
        }
        return String(cString: name)
    }
}
