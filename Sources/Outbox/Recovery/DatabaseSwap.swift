import FoundationEssentials
import Glibc
import Telemetry

/// Puts a new database in the place of a damaged one, so that the agent may die at any moment: what is saved is filled
/// into `FILE.filling`, which is `FILE.saved` from the moment at which it is whole; then the damaged one goes aside, and
/// the new one takes its name. Everything blocks.
struct DatabaseSwap {
    /// Where the new database is made.
    let filling: String
    /// Where the damaged one goes.
    let aside: String
    private let path: String
    private let saved: String

    /// A swap at a moment, which is in the name of the damaged one.
    init(path: String, at now: Timestamp) {
        self.path = path
        filling = path + ".filling"
        saved = path + ".saved"
        aside = Self.unused("\(path).damaged-\(now.microseconds / 1_000_000)")
    }

    /// Whether an earlier run died, or could not go on, after all was saved; to be ended before anything else.
    var isUnfinished: Bool { Self.exists(saved) }

    /// Removes what is not whole.
    func removeFilling() throws {
        for suffix in Self.suffixes where Self.exists(filling + suffix) {
            try FileManager.default.removeItem(atPath: filling + suffix)
        }
    }

    /// The new one is whole, and closed. Throws `DiskFault.Passing` if the disk did not take all of it.
    func complete() throws {
        guard !Self.exists(filling + "-wal") else {
            throw DiskFault.Passing(description: "\(filling): the disk does not take what was saved")
        }
        try Self.move(filling, to: saved)
        sync()
    }

    /// Puts the new one in its place. The log goes first: it must not meet the new database.
    func end() throws {
        for suffix in Self.suffixes.reversed() where Self.exists(path + suffix) {
            try Self.move(path + suffix, to: aside + suffix)
        }
        sync()
        try Self.move(saved, to: path)
        sync()
    }

    private static let suffixes = ["", "-wal", "-shm"]

    private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    private static func unused(_ path: String) -> String {
        var candidate = path
        var count = 1
        while suffixes.contains(where: { exists(candidate + $0) }) {
            count += 1
            candidate = "\(path)-\(count)"
        }
        return candidate
    }

    private static func move(_ path: String, to other: String) throws(DiskFault.Passing) {
        guard rename(path, other) == 0 else {
            throw DiskFault.Passing(description: "\(path) cannot be moved: \(String(cString: strerror(errno)))")
        }
    }

    /// Names that are not on the disk yet are the older ones after a power cut, from which this goes on; what cannot be
    /// synced is no more than that.
    private func sync() {
        let directory = open(URL(filePath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard directory >= 0 else { return }
        _ = fsync(directory)
        close(directory)
    }
}
