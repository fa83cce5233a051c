import Glibc

/// The pages of a database as its newest transaction left them: those of the write-ahead log stand before the file's.
///
/// They are read one at a time, as a file may be large, and with `pread`: a bad sector costs its page then, where a
/// mapping of the file would cost the process. Everything blocks.
final class DatabaseFile {
    /// Every database of ours has pages of that size, whatever its header says by now.
    static let pageSize = 4096

    /// How many pages there are. They are counted from 1.
    let pageCount: Int
    private let descriptor: Int32
    private let log: WriteAheadLog?
    /// How many more overflow pages may be read. Sound cells have each page once; damaged ones may all lead to the same
    /// long chains.
    var overflowReads: Int

    /// Opens a database. `nil` if there is nothing to be read; throws `DiskFault.Passing` if it may be readable later.
    init?(path: String) throws(DiskFault.Passing) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        let failure = errno
        log = WriteAheadLog.log(of: path, pageSize: Self.pageSize)
        var status = stat()
        let size = descriptor >= 0 && fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
        let inFile = (size + Self.pageSize - 1) / Self.pageSize
        // What is behind a database's end is left of a time when it was larger.
        pageCount = log.map { min($0.pageCount, max(inFile, $0.lastPage)) } ?? inFile
        overflowReads = 16 * pageCount + 65_536
        // Without the database its log may still hold pages.
        if descriptor < 0, log == nil || failure != ENOENT {
            if failure == ENOENT || failure == EIO { return nil }
            throw DiskFault.Passing(description: "\(path): \(String(cString: strerror(failure)))")
        }
    }

    /// Also what closes the descriptor if the initialiser fails.
    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// A page's bytes; `nil` if there is no such page or the disk does not give it. What is missing at the end of a file
    /// that was cut off is zeros.
    func page(_ number: Int) -> [UInt8]? {
        guard (1...max(1, pageCount)).contains(number) else { return nil }
        if let page = log?.page(number) { return page }
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.pageSize) { buffer, initialized in
            count = pread(descriptor, buffer.baseAddress, Self.pageSize, off_t((number - 1) * Self.pageSize))
            if count > 0, count < Self.pageSize {
                buffer[count..<Self.pageSize].initialize(repeating: 0)
            }
            initialized = count > 0 ? Self.pageSize : 0
        }
        return count > 0 ? bytes : nil
    }
}
