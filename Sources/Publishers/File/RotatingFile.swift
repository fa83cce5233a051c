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
                file.close()
                try rotate()
                file = try OpenFile(path)
            }
            try file.append(lines[start..<end])
            start = end
        }
    }

    private func isFull(_ file: OpenFile, adding count: Int) -> Bool {
        maxBytes > 0 && backupCount > 0 && file.isRegular && file.size > 0 && file.size + count >= maxBytes
    }

    private func rotate() throws(Failure) {
        for number in stride(from: backupCount - 1, through: 1, by: -1) {
            try move("\(path).\(number)", to: "\(path).\(number + 1)")
        }
        try move(path, to: "\(path).1")
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

    init(_ path: String) throws(RotatingFile.Failure) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o666)
        guard descriptor >= 0 else { throw .init("open", path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw .init("examine", path, code)
        }
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
