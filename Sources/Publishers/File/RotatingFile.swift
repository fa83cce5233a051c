import Glibc

/// Appends lines to a file and rotates it as Python's `logging.handlers.RotatingFileHandler` does: a line that would
/// bring the file to `maxBytes` or beyond goes into a new one, the old one becomes `.1`, that one `.2`, and so on up to
/// `backupCount`. Only regular files are rotated, and no empty ones. The file is opened for each call, so that it may
/// be moved or removed at any time in between.
struct RotatingFile: Sendable {
    let path: String
    let maxBytes: Int
    let backupCount: Int

    /// What could not be done with which file.
    struct Failure: Error, Hashable, CustomStringConvertible {
        let description: String

        init(_ action: String, _ path: String, _ code: Int32) {
            description = "cannot \(action) \(path): \(String(cString: strerror(code)))"
        }
    }

    /// Appends all lines, each with its line feed. If that fails, what was written is taken back, but for what has been
    /// rotated away already. Blocks; waits for no reader of a pipe.
    func append(_ lines: [UInt8]) throws(Failure) {
        var file = try OpenFile(path)
        defer { file.close() }
        var start = lines.startIndex
        while start < lines.endIndex {
            let end = lines[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? lines.endIndex
            if isFull(file, adding: end - start) {
                let mode = file.mode
                file.close()
                let target = try rotate()
                file = try OpenFile(target, mode: mode)
            }
            try file.append(lines[start..<end])
            start = end
        }
    }

    private func isFull(_ file: OpenFile, adding count: Int) -> Bool {
        maxBytes > 0 && backupCount > 0 && file.isRegular && file.size > 0 && file.size + count >= maxBytes
    }

    /// Moves the file away, and the older ones before it; where the new one belongs. A link stays: what it points to is
    /// moved.
    private func rotate() throws(Failure) -> String {
        let real = realpath(path, nil)
        defer { free(real) }
        let path = real.map { String(cString: $0) } ?? path
        for number in stride(from: backupCount - 1, through: 1, by: -1) {
            try move("\(path).\(number)", to: "\(path).\(number + 1)")
        }
        try move(path, to: "\(path).1")
        return path
    }

    private func move(_ old: String, to new: String) throws(Failure) {
        if rename(old, new) != 0, errno != ENOENT { throw Failure("rename", old, errno) }
    }
}

/// A file that is open for appending, and knows how long it was.
private struct OpenFile {
    private let path: String
    private var descriptor: Int32
    private let originalSize: Int
    private(set) var size: Int
    let isRegular: Bool
    let mode: mode_t

    /// Opens a file, or makes one; `mode` is the new one's, if it is to be like one that was there.
    init(_ path: String, mode: mode_t? = nil) throws(RotatingFile.Failure) {
        self.path = path
        descriptor = open(
            path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, mode == nil ? 0o666 : 0o600)
        guard descriptor >= 0 else { throw .init("open", path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw .init("examine", path, code)
        }
        if let mode { _ = fchmod(descriptor, mode) }
        self.mode = status.st_mode & 0o7777
        isRegular = status.st_mode & S_IFMT == S_IFREG
        size = isRegular ? Int(status.st_size) : 0
        originalSize = size
    }

    mutating func append(_ bytes: ArraySlice<UInt8>) throws(RotatingFile.Failure) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                let code = errno
                if code == EINTR { continue }
                if isRegular { _ = ftruncate(descriptor, off_t(originalSize)) }
                throw .init("write to", path, code)
            }
            rest = rest.dropFirst(count)
            size += count
        }
    }

    mutating func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}
