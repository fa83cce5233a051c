internal import Glibc

/// The files of this machine.
public struct LocalFiles: FileAccess {
    /// The files of this machine.
    public init() {}

    /// As Python's `os.path.exists`: links are followed, what may not be looked at does not exist.
    public func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0
    }

    /// The names in a directory, without `.` and `..`.
    public func names(in directory: String) throws(FileAccessError) -> [String] {
        guard let stream = opendir(directory) else { throw Self.error(directory) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// What a regular file holds.
    public func contents(of path: String, limit: Int) throws(FileAccessError) -> [UInt8] {
        // Without O_NONBLOCK, opening a pipe that nobody writes to would wait.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.error(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.error(path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileAccessError(path, .notRegular) }

        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { return contents }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.error(path)
            }
            contents += buffer[..<count]
            guard contents.count <= limit else { throw FileAccessError(path, .tooLarge(limit: limit)) }
        }
    }

    private static func error(_ path: String) -> FileAccessError {
        let code = errno
        switch code {
        case ENOENT: return FileAccessError(path, .notFound)
        case ENOTDIR: return FileAccessError(path, .notDirectory)
        case EACCES, EPERM: return FileAccessError(path, .permissionDenied)
        default:
            var buffer = [CChar](repeating: 0, count: 256)
            guard strerror_r(code, &buffer, buffer.count) == 0 else {
                return FileAccessError(path, .system("error \(code)"))
            }
            let message = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            return FileAccessError(path, .system(String(decoding: message, as: UTF8.self)))
        }
    }
}
