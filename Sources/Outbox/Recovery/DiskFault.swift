import Compression
import FoundationEssentials
import GRDB
import Glibc

/// Tells what an error of the disk or of the database on it calls for.
enum DiskFault {
    /// The state directory cannot be used now, but may be later.
    struct Passing: Error, CustomStringConvertible {
        let description: String
    }

    /// Whether an error number may pass by itself: a full, read-only or failing disk.
    static func isPassing(_ number: Int32) -> Bool { [EROFS, ENOSPC, EDQUOT, EIO].contains(number) }

    /// Whether an error at opening may pass by itself.
    static func isPassing(_ error: any Error, directory: String) -> Bool {
        if error is Passing { return true }
        guard let error = error as? DatabaseError else { return false }
        switch error.resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_BUSY, .SQLITE_LOCKED: return true
        // A wrong owner looks the same, and does not pass.
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM: return isReadOnly(directory)
        default: return false
        }
    }

    /// Whether an error says that the disk is full.
    static func isFull(_ error: any Error) -> Bool { (error as? DatabaseError)?.resultCode == .SQLITE_FULL }

    /// Whether an error at reading says that the disk, or what is on it, cannot be read.
    static func isUnreadable(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return true }
        return [.SQLITE_IOERR, .SQLITE_CORRUPT].contains(error.resultCode)
    }

    /// Whether an error says that the file is no sound database. Nearly every error does: the statements are fixed, and
    /// what they do not expect was not written by them. The others are the disk's, the system's or another process's.
    static func isDamage(_ error: any Error, path: String) -> Bool {
        if error is RowDecodingError || error is Zstandard.Damaged || error is WriteAheadLog.Damage { return true }
        guard let error = error as? DatabaseError else { return false }
        if error.extendedResultCode == .SQLITE_IOERR_SHORT_READ { return true }
        switch error.resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_CANTOPEN, .SQLITE_PERM,
            .SQLITE_AUTH, .SQLITE_INTERRUPT, .SQLITE_ABORT, .SQLITE_MISUSE, .SQLITE_NOLFS, .SQLITE_PROTOCOL:
            return false
        case .SQLITE_READONLY:
            // A file that may be written but claims a newer format.
            return FileManager.default.isWritableFile(atPath: path)
        default:
            return true
        }
    }

    private static func isReadOnly(_ directory: String) -> Bool {
        var volume = statvfs()
        return statvfs(directory, &volume) == 0 && volume.f_flag & UInt(ST_RDONLY) != 0
    }
}
