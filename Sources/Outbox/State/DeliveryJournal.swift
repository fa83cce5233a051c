import Glibc
import Synchronization

/// Remembers which payloads receivers have taken while the database does not take their removal: on a disk that is full
/// nothing can be appended, but what is there can be written over. Without it a crash then would send them all again.
///
/// A file of fixed size, allocated when it is opened; each entry is a row's number and its complement, in its own place.
/// Everything blocks. Entries are applied, and cleared, before anything is appended to the database, so that they never meet another row.
final class DeliveryJournal: Sendable {
    /// How many entries there is room for. What is delivered beyond is sent again after a crash.
    static let capacity = 8192
    private static let entry = 16

    private let descriptor: Int32
    private let count = Mutex(0)
    /// Apart from the count, which is held while the disk syncs.
    private let hasEntries = Atomic(false)

    /// Opens or makes the journal in a state directory. Throws `DiskFault.Passing` if the disk does not take it.
    init(directory: String) throws(DiskFault.Passing) {
        let path = "\(directory)/delivered"
        descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw DiskFault.Passing(description: "\(path): \(String(cString: strerror(errno)))")
        }
        let failure = posix_fallocate(descriptor, 0, off_t(Self.capacity * Self.entry))
        guard failure == 0 else {
            throw DiskFault.Passing(description: "\(path): \(String(cString: strerror(failure)))")
        }
    }

    /// Also what closes the descriptor if the initialiser throws.
    deinit {
        close(descriptor)
    }

    /// The rows of an earlier run that were delivered and, perhaps, not removed.
    func rows() -> Set<Int64> {
        var buffer = [Int64](repeating: 0, count: Self.capacity * 2)
        let size = buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        var rows: Set<Int64> = []
        for index in 0..<max(0, size) / Self.entry where buffer[2 * index + 1] == ~buffer[2 * index] {
            rows.insert(buffer[2 * index])
        }
        return rows
    }

    /// Whether anything was added since it was cleared.
    var isEmpty: Bool { !hasEntries.load(ordering: .sequentiallyConsistent) }

    /// Remembers a row. False if there is no room, or the disk does not take even that.
    func add(_ row: Int64) -> Bool {
        count.withLock { count in
            guard count < Self.capacity else { return false }
            let written = [row, ~row].withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress, $0.count, off_t(count * Self.entry))
            }
            guard written == Self.entry, fdatasync(descriptor) == 0 else { return false }
            count += 1
            hasEntries.store(true, ordering: .sequentiallyConsistent)
            return true
        }
    }

    /// Forgets everything, in one write that a crash may cut off: an entry without its complement is none.
    func clear() -> Bool {
        count.withLock { count in
            let zeros = [UInt8](repeating: 0, count: Self.capacity * Self.entry)
            guard zeros.withUnsafeBytes({ pwrite(descriptor, $0.baseAddress, $0.count, 0) }) == zeros.count,
                fdatasync(descriptor) == 0
            else { return false }
            count = 0
            hasEntries.store(false, ordering: .sequentiallyConsistent)
            return true
        }
    }
}
