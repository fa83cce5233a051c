import Configuration
import Glibc

/// A file that a user names for a result. What is there decides how it is written:
///
/// - A regular file is replaced as a whole when the result is complete; mode, owner and group stay. Where that cannot be,
///   such as in a directory that this user may not write, it is overwritten in place.
/// - A link is followed, and stays.
/// - A pipe, a terminal or a character device is written into: it is never replaced.
struct OutputFile {
    /// The path as the user gave it.
    let path: String
    private let kind: Kind

    private enum Kind {
        /// One of this process's own descriptors, such as `/dev/stdout`.
        case descriptor(Int32)
        case stream
        case regular(path: String, status: stat)
        case new(path: String)
    }

    /// Looks what is at a path, and whether it can be written. `-` is standard output. Throws `Failure`. Blocks.
    init(_ path: String) throws(Failure) {
        self.path = path
        guard path != "-" else {
            kind = .descriptor(STDOUT_FILENO)
            return
        }
        let target = Self.followed(path)
        if let descriptor = Self.ownDescriptor(target) {
            kind = .descriptor(descriptor)
            return
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw Self.failure(path, target, errno) }
            kind = .new(path: target)
            try Self.checkDirectory(of: target, path)
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            kind = .regular(path: target, status: status)
            if faccessat(AT_FDCWD, target, W_OK, AT_EACCESS) != 0 {
                throw Failure(
                    code: ExitStatus.failed,
                    message:
                        "\(path): \(SystemWords.of(errno)): user \(LocalUser.current) may not write this file; name another"
                )
            }
        case S_IFIFO, S_IFCHR: kind = .stream
        case S_IFDIR:
            throw Failure(
                code: ExitStatus.failed, message: "\(path): it is a directory; name a file in it: \(path)/host.json")
        default:
            throw Failure(
                code: ExitStatus.failed, message: "\(path): it is a socket or a block device; name a file, a pipe or -")
        }
    }

    /// Writes the whole result. Throws `Failure`. Blocks, for a pipe until somebody has read it.
    func write(_ bytes: [UInt8]) throws(Failure) {
        switch kind {
        case .descriptor(let descriptor): try put(bytes, into: descriptor, path)
        case .stream: try overwrite(path, O_WRONLY | O_NOCTTY, bytes)
        case .new(let target): try replace(target, with: bytes, like: nil)
        case .regular(let target, let status): try replace(target, with: bytes, like: status)
        }
    }

    /// Puts a new file in the place of `target`.
    private func replace(_ target: String, with bytes: [UInt8], like old: stat?) throws(Failure) {
        let name = target.split(separator: "/").last.map(String.init) ?? target
        let new = "\(PathText.parent(of: target))/.\(name.prefix(200)).\(getpid())"
        let mode: mode_t = old == nil ? 0o666 : 0o600
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            let code = errno
            guard old != nil, code == EACCES || code == EPERM || code == EROFS else {
                throw Self.failure(path, target, code)
            }
            return try overwrite(target, O_WRONLY | O_TRUNC | O_NOFOLLOW, bytes)
        }
        if let old {
            let hasOwner = fchown(descriptor, old.st_uid, old.st_gid) == 0
            // A file of several names, or of an owner that this user cannot give it, keeps them only where it is.
            guard hasOwner, old.st_nlink == 1, fchmod(descriptor, old.st_mode & 0o7777) == 0 else {
                close(descriptor)
                unlink(new)
                return try overwrite(target, O_WRONLY | O_TRUNC | O_NOFOLLOW, bytes)
            }
        }
        var code: Int32 = 0
        do throws(Failure) {
            try put(bytes, into: descriptor, path)
            if fsync(descriptor) != 0, errno != EINVAL { code = errno }
        } catch {
            close(descriptor)
            unlink(new)
            throw error
        }
        if close(descriptor) != 0, code == 0 { code = errno }
        if code == 0, rename(new, target) != 0 { code = errno }
        guard code == 0 else {
            unlink(new)
            throw Self.failure(path, target, code)
        }
    }

    private func overwrite(_ target: String, _ flags: Int32, _ bytes: [UInt8]) throws(Failure) {
        let descriptor = open(target, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path, target, errno) }
        defer { close(descriptor) }
        try put(bytes, into: descriptor, path)
    }

    private func put(_ bytes: [UInt8], into descriptor: Int32, _ target: String) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure(path, target, errno)
            }
            rest = rest.dropFirst(count)
        }
    }
}

extension OutputFile {
    /// The path behind all links, whether anything is there or not. Links of `/proc` to what has no path are left.
    private static func followed(_ path: String) -> String {
        var target = path
        for _ in 0..<40 {
            if ownDescriptor(target) != nil { return target }
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink(target, &buffer, buffer.count)
            guard count > 0 else { return target }
            let link = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            target = link.hasPrefix("/") ? link : "\(PathText.parent(of: target))/\(link)"
        }
        return target
    }

    /// The number of the descriptor of this process that a path of `/dev/fd` or `/proc/self/fd` stands for. To open it
    /// would begin at the start of a file to which a shell appends.
    private static func ownDescriptor(_ path: String) -> Int32? {
        guard let name = path.split(separator: "/").last, let number = Int32(name), number >= 0,
            let real = realpath(PathText.parent(of: path), nil)
        else { return nil }
        defer { free(real) }
        let directory = String(cString: real)
        guard directory == "/proc/\(getpid())/fd" || directory.hasPrefix("/proc/\(getpid())/task/"),
            directory.hasSuffix("/fd"), fcntl(number, F_GETFD) != -1
        else { return nil }
        return number
    }

    private static func checkDirectory(of target: String, _ path: String) throws(Failure) {
        let directory = PathText.parent(of: target)
        if faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) != 0 { throw failure(path, target, errno) }
    }

    private static func failure(_ path: String, _ target: String, _ code: Int32) -> Failure {
        let parent = PathText.parent(of: target)
        let directory: String
        if parent == ".", let here = getcwd(nil, 0) {
            directory = String(cString: here)
            free(here)
        } else {
            directory = parent == "." ? "the working directory" : parent
        }
        let words =
            switch code {
            case EACCES, EPERM:
                "permission denied: user \(LocalUser.current) may not write there (\(directory)); name a file in a "
                    + "directory of this user, such as /tmp"
            case ENOENT, ENOTDIR: "there is no directory \(directory); make it, or name another"
            case ENOSPC, EDQUOT: "\(SystemWords.of(code)); free some space in \(directory), or name another directory"
            case EPIPE: "\(SystemWords.of(code)): the reader has gone"
            default: "\(SystemWords.of(code)); name another file"
            }
        return Failure(code: ExitStatus.failed, message: "\(path == "-" ? "standard output" : path): \(words)")
    }
}
