import FoundationEssentials
import Glibc

/// Holds a state directory for this process: a second agent on it would deliver everything twice.
final class StateLock: Sendable {
    private let descriptor: Int32
    /// The lock's file.
    let path: String
    /// The lock's file without the lock, for what may be under way longer than that is held.
    struct Place {
        let path: String
        fileprivate let identity: FileIdentity?

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
        switch make(directory) {
        case 0: break
        case let code where [EROFS, ENOSPC, EDQUOT].contains(code):
            throw DiskFault.Passing(description: "the state directory \(directory) cannot be made (\(words(code)))")
        case let code:
            throw OutboxError(
                .unusable,
                "the state directory \(directory) cannot be made (\(words(code))); set [aerostat] state_path to a directory "
                    + "that this user may write")
        }
        try StateAccess.requireOwn(directory)
        return try StateLock(directory: directory, claim: held?.claim ?? StateClaim.take(directory))
    }

    /// Makes a directory and those above it, unless they are there; an `errno`, or 0.
    private static func make(_ directory: String) -> Int32 {
        var status = stat()
        if stat(directory, &status) == 0 { return status.st_mode & S_IFMT == S_IFDIR ? 0 : ENOTDIR }
        guard errno == ENOENT else { return errno }
        let parent = URL(filePath: directory).deletingLastPathComponent().path
        if parent != directory, !parent.isEmpty {
            let code = make(parent)
            guard code == 0 else { return code }
        }
        return mkdir(directory, 0o700) == 0 || errno == EEXIST ? 0 : errno
    }

    private static func words(_ code: Int32) -> String {
        code == EACCES ? "permission denied" : String(cString: strerror(code))
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

    /// The lock's file.
    var place: Place { Place(path: path, identity: FileIdentity(descriptor: descriptor)) }

    /// Whether the lock that is held is still a directory's: not after another file system was mounted there. Blocks.
    func stands(in directory: String) -> Bool { path == "\(directory)/lock" && place.stands }

    /// Also what closes the descriptor of a lock that was refused: an initialiser that throws at its end deinitialises.
    deinit {
        // Also for a child that was forked and has not yet executed its program.
        _ = flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
