internal import Glibc

/// The files of this machine.
public struct LocalFiles: FileAccess {
    /// The files of this machine.
    public init() {}

    /// Whether anything has that path; links are followed. What may not be looked at is an error, other than for Python's
    /// `os.path.exists`: it may well be there.
    public func exists(_ path: String) throws(FileAccessError) -> Bool {
        var status = stat()
        if stat(path, &status) == 0 { return true }
        switch errno {
        case ENOENT, ENOTDIR, ENAMETOOLONG: return false
        case let code: throw FileAccessError(path, code: code)
        }
    }

    /// The names in a directory, without `.` and `..`.
    public func names(in directory: String) throws(FileAccessError) -> [String] {
        guard let stream = opendir(directory) else { throw FileAccessError(directory, code: errno) }
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
        guard descriptor >= 0 else { throw FileAccessError(path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileAccessError(path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileAccessError(path, .notRegular) }

        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { return contents }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileAccessError(path, code: errno)
            }
            contents += buffer[..<count]
            guard contents.count <= limit else { throw FileAccessError(path, .tooLarge(limit: limit)) }
        }
    }

    /// Puts a file in the place of `path`, for this user alone: after a crash it is the old one or the new one. Follows no
    /// link, and neither does whoever puts one there while it is written. Keeps no mode: for files that are ours alone.
    public func replace(_ path: String, with bytes: [UInt8]) throws(FileAccessError) {
        let new = "\(path).new"
        // What a crash, or somebody else, has left there.
        unlink(new)
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileAccessError(new, code: errno) }
        var code: Int32 = 0
        var rest = bytes[...]
        while code == 0, !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { code = errno }
        }
        if code == 0, fsync(descriptor) != 0 { code = errno }
        close(descriptor)
        if code == 0, rename(new, path) != 0 { code = errno }
        guard code == 0 else {
            unlink(new)
            throw FileAccessError(path, code: code)
        }
    }

    /// Whether every user of the host can read a file: its mode says so, and no directory above it keeps them out.
    public func exposure(of path: String) -> FileExposure? {
        var status = stat()
        guard let real = realpath(path, nil) else { return nil }
        var directory = String(cString: real)
        free(real)
        guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o004 != 0
        else { return nil }
        let (mode, owner, group) = (status.st_mode & 0o7777, status.st_uid, status.st_gid)
        while directory != "/" {
            directory = PathText.parent(of: directory)
            guard stat(directory, &status) == 0, status.st_mode & 0o001 != 0 else { return nil }
        }
        // Whoever reads the file by its last three bits alone must not lose it.
        let isMine = geteuid() != 0 && (geteuid() == owner || getegid() == group)
        let octal = String(mode, radix: 8)
        return FileExposure(
            mode: String(repeating: "0", count: max(0, 4 - octal.count)) + octal,
            remedy: isMine ? "chmod o= \(path)" : "chgrp aerostat \(path) && chmod 0640 \(path)")
    }
}

extension FileAccessError {
    /// What an `errno` says about a path, with what to do about a permission that is missing.
    public init(_ path: String, code: Int32) {
        switch code {
        case ENOENT: self.init(path, .notFound)
        case ENOTDIR: self.init(path, .notDirectory)
        case EISDIR: self.init(path, .notRegular)
        case EACCES, EPERM:
            let obstacle = Obstacle(to: path)
            self.init(obstacle.path, .permissionDenied, remedy: obstacle.remedy)
        default: self.init(path, .system(SystemWords.of(code)))
        }
    }
}

/// The file or directory that keeps this user from a path.
private struct Obstacle {
    let path: String
    let remedy: String

    init(to path: String) {
        var status = stat()
        var found = path
        // Of a path that cannot be followed, the last directory that can be seen is the one that may not be searched.
        if lstat(path, &status) != 0 {
            repeat {
                found = PathText.parent(of: found)
            } while found != "/" && found != "." && stat(found, &status) != 0
        }
        // A path relative to a working directory that cannot be searched.
        if found == ".", let here = getcwd(nil, 0) {
            found = String(cString: here)
            free(here)
        }
        self.path = found
        let user = LocalUser.name(geteuid())
        let isKnown = stat(found, &status) == 0
        let opensToGroup: mode_t = status.st_mode & S_IFMT == S_IFDIR ? 0o050 : 0o040
        if isKnown, status.st_gid != 0, status.st_mode & opensToGroup == opensToGroup {
            remedy =
                "run the command as the agent's user, or add user \(user) to its group: "
                + "usermod -aG \(LocalUser.groupName(status.st_gid)) \(user)"
        } else {
            remedy = "run the command as the agent's user, or let user \(user) read it"
        }
    }
}

/// The users and groups of this machine.
public enum LocalUser {
    /// A user's name; the number of one that has none.
    public static func name(_ user: UInt32) -> String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16384)
        guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name
        else { return "\(user)" }
        return String(cString: name)
    }

    /// A group's name; the number of one that has none.
    public static func groupName(_ group: UInt32) -> String {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: 65536)
        guard getgrgid_r(group, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.gr_name
        else { return "\(group)" }
        return String(cString: name)
    }

    /// The name of the user as whom this process runs.
    public static var current: String { name(geteuid()) }
}

/// The system's own words.
public enum SystemWords {
    /// What an `errno` means.
    public static func of(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Paths as text.
public enum PathText {
    /// The directory that a path stands in; `.` for a name alone.
    public static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
