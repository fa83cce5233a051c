import FoundationEssentials
import Glibc
import Synchronization

/// The files of a database that is open, and whether they are still those in the state directory. Everything blocks.
final class StateFiles: Sendable {
    /// A file is not the one that was opened.
    struct Replaced: Error, CustomStringConvertible {
        enum What {
            case database
            case log
            case lock
        }

        let what: What
        let description: String
    }

    private let path: String
    private let database: FileIdentity?
    private let index = Mutex<FileIdentity?>(nil)
    private let log = Mutex<(identity: FileIdentity, size: Int)?>(nil)
    private let freeBytes = Mutex<Int?>(nil)

    /// The files of a database that was opened just now.
    init(path: String) {
        self.path = path
        database = FileIdentity(path: path)
    }

    /// Throws `Replaced` if the database, its log or the lock has gone, was replaced or was cut off.
    func requireInPlace(_ lock: StateLock.Place) throws(Replaced) {
        guard let there = FileIdentity(path: path) else {
            throw Replaced(what: .database, description: "\(path) is gone")
        }
        guard there == database else { throw Replaced(what: .database, description: "\(path) was replaced") }
        if FileIdentity.size(of: path) == 0 { throw Replaced(what: .log, description: "\(path) was emptied") }
        index.withLock { index in if index == nil { index = FileIdentity(path: path + "-shm") } }
        let logPath = path + "-wal"
        let found = FileIdentity(path: logPath).map { ($0, FileIdentity.size(of: logPath) ?? 0) }
        let problem = log.withLock { log -> String? in
            defer { if let found { log = found } }
            guard let log else { return nil }
            guard let found else { return "is gone" }
            return found.0 != log.identity ? "was replaced" : found.1 < log.size ? "was cut off" : nil
        }
        if let problem { throw Replaced(what: .log, description: "\(logPath) \(problem)") }
        if !lock.stands {
            throw Replaced(what: .lock, description: "\(lock.path) is not the one that was locked")
        }
    }

    /// Removes the log's index, if it is still ours: another database at our path must not share it with us. SQLite makes
    /// it anew.
    func removeIndex() {
        if let index = index.withLock(\.self), FileIdentity(path: path + "-shm") == index { unlink(path + "-shm") }
    }

    /// Notes how many bytes are free.
    func lookHowMuchIsFree() {
        var volume = statvfs()
        guard statvfs(path, &volume) == 0 else { return }
        freeBytes.withLock { $0 = Int(clamping: UInt64(volume.f_bavail) * UInt64(volume.f_frsize)) }
    }

    /// Bytes that were free then.
    var free: Int? { freeBytes.withLock(\.self) }

    /// Throws `OutboxError` if a link or another kind of file stands where one of a database's files is to be.
    static func requireOrdinary(_ path: String) throws(OutboxError) {
        for suffix in ["", "-wal", "-shm"] {
            var status = stat()
            guard lstat(path + suffix, &status) == 0 else { continue }
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw OutboxError(
                    .unusable,
                    "\(path + suffix) is a link, or no ordinary file; remove it, or choose another state_path")
            }
        }
    }

    /// Makes the database's files private before they are opened, and refuses what is none. SQLite gives the files beside
    /// the database the same mode.
    ///
    /// Throws `OutboxError` for a link or another kind of file, `WriteAheadLog.Damage` for an empty or missing database beside
    /// a log: SQLite would drop that.
    static func prepare(_ path: String) throws {
        try requireOrdinary(path)
        if FileIdentity.size(of: path) ?? 0 == 0, FileIdentity.size(of: path + "-wal") ?? 0 > 32 {
            throw WriteAheadLog.Damage(description: "the database is empty or missing, and its write-ahead log is not")
        }
        let file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        // A disk that is read-only, or an owner that is wrong: whoever opens the database gets the error, with its words.
        guard file >= 0 else { return }
        _ = fchmod(file, 0o600)
        close(file)
        for suffix in ["-wal", "-shm"] { _ = chmod(path + suffix, 0o600) }
    }
}
