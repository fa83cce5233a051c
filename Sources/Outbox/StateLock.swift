import Glibc

/// Holds a state directory for this process: a second agent on it would deliver everything twice.
final class StateLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock of a directory. Throws `OutboxError` if another process has it or the file cannot be made.
    init(directory: String) throws(OutboxError) {
        let path = "\(directory)/lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw OutboxError(.unusable, "\(path): \(String(cString: strerror(errno)))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var buffer = [UInt8](repeating: 0, count: 32)
            let count = read(descriptor, &buffer, buffer.count)
            let holder = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).filter(\.isNumber)
            throw OutboxError(
                .inUse,
                "\(directory) is in use by another agent\(holder.isEmpty ? "" : " (process \(holder))"); give this one a "
                    + "state_path of its own, or end the other")
        }
        _ = ftruncate(descriptor, 0)
        let text = "\(getpid())\n"
        _ = text.withCString { write(descriptor, $0, strlen($0)) }
    }

    /// Also what closes the descriptor of a lock that was refused: an initialiser that throws at its end deinitialises.
    deinit {
        // Also for a child that was forked and has not yet executed its program.
        _ = flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
