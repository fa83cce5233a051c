import FoundationEssentials
import Glibc

/// Holds a state directory for this process: a second agent on it would deliver everything twice.
final class StateLock: Sendable {
    private let descriptor: Int32
    private let isReleased = Once()
    /// The lock's file.
    let path: String
    /// The lock's file, without the lock.
    let place: Place

    /// The lock's file without the lock, for what may be under way longer than that is held.
    struct Place {
        let path: String
        let identity: FileIdentity?

        /// Whether it is still that file that stands there. Blocks.
        var stands: Bool { FileIdentity(path: path).map { $0 == identity } ?? false }
    }

    /// Holds the path itself, whatever becomes of the directory.
    let claim: StateClaim

    /// Makes a state directory, if it is missing, and takes its lock. `after` is a lock that this process has on a
    /// directory that was at this path before.
    ///
    /// Throws `OutboxError` if another process has it or the directory cannot be used, `DiskFault.Passing` if that may
    /// pass by itself. On a read-only disk the lock is had if the directory was ever used.
    static func take(_ directory: String, after held: StateLock? = nil) throws -> StateLock {
        try make(directory)
        try StateAccess.requireOwn(directory)
        return try StateLock(directory: directory, claim: held?.claim ?? StateClaim.take(directory))
    }

    /// Makes a directory, and those above it, where they are missing.
    private static func make(_ directory: String) throws {
        guard mkdir(directory, 0o700) != 0 else { return }
        var failure = errno
        if failure == ENOENT {
            let parent = URL(filePath: directory).deletingLastPathComponent().path
            guard parent != directory else { return }
            try make(parent)
            if mkdir(directory, 0o700) == 0 { return }
            failure = errno
        }
        var status = stat()
        if failure == EEXIST {
            if stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
            throw StateAccess.noDirectory(directory)
        }
        let words = "the state directory \(directory) cannot be made: \(String(cString: strerror(failure)))"
        guard !DiskFault.isPassing(failure) else { throw DiskFault.Passing(description: words) }
        throw OutboxError(.unusable, "\(words); set [aerostat] state_path to a directory that this user may write")
    }

    private init(directory: String, claim: StateClaim) throws {
        self.claim = claim
        path = "\(directory)/lock"
        var file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if file < 0, errno == EROFS { file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) }
        let failure = errno
        descriptor = file
        guard descriptor >= 0 else {
            let words = "\(path): \(String(cString: strerror(failure)))"
            // Where a file system is read-only, a file that is missing will be there later.
            guard !DiskFault.isPassing(failure), failure != ENOENT else { throw DiskFault.Passing(description: words) }
            let isLink = failure == ELOOP
            throw OutboxError(
                .unusable,
                isLink
                    ? "\(path) is a link; remove it, or choose another state_path"
                    : "\(words); \(StateAccess.remedy(for: directory))")
        }
        place = Place(path: path, identity: FileIdentity(descriptor: descriptor))
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var buffer = [UInt8](repeating: 0, count: 32)
            let count = read(descriptor, &buffer, buffer.count)
            let holder = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).filter(\.isNumber)
            throw OutboxError(
                .inUse,
                "\(directory) is in use by another agent\(holder.isEmpty ? "" : " (process \(holder))"); give this one a "
                    + "state_path of its own, or end the other")
        }
        // For the words above only: on a full or read-only disk the lock holds all the same.
        _ = ftruncate(descriptor, 0)
        let text = "\(getpid())\n"
        _ = text.withCString { write(descriptor, $0, strlen($0)) }
    }

    /// Whether the lock that is held is still a directory's: not after another file system was mounted there. Blocks.
    func stands(in directory: String) -> Bool { path == "\(directory)/lock" && place.stands }

    /// Gives up the lock and the path at once, though something that hangs on the disk may still hold this object: the
    /// next agent needs both.
    func giveUp() {
        release()
        claim.release()
    }

    private func release() {
        guard isReleased.take() else { return }
        // Also for a child that was forked and has not yet executed its program.
        _ = flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Also what closes the descriptor of a lock that was refused: an initialiser that throws at its end deinitialises.
    deinit { release() }
}
