import Configuration
import Glibc
public import Publishers

/// Whether a state directory serves an agent that runs as this user. Changes nothing, but for a file that `trial` writes
/// and removes. Everything in it blocks.
public struct StateInspection: Sendable {
    private let directory: String

    /// An inspection of `[aerostat] state_path`.
    public init(directory: String) {
        self.directory = directory
    }

    /// The files in it that an agent must be able to read and write, if they are there.
    private static let files = ["lock", "outbox.sqlite", "outbox.sqlite-wal", "outbox.sqlite-shm", "delivered"]

    /// What keeps an agent of this user from the directory, or should be looked at; empty if nothing does.
    public func findings() -> [InspectionFinding] {
        var status = stat()
        guard stat(directory, &status) == 0 else {
            switch errno {
            case ENOENT: return missing()
            case let code: return [failure(FileAccessError(directory, code: code).description, isNamed: true)]
            }
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            return [failure("it is no directory; set [aerostat] state_path to one")]
        }
        let me = geteuid()
        let owner = LocalUser.name(status.st_uid)
        if status.st_uid != me {
            // Root looks after an agent of another user, and takes nothing from it.
            guard me == 0 else {
                return [
                    failure(
                        "it belongs to user \(owner); run the command as that user: runuser -u \(owner) -- aerostat check, "
                            + "or give it to this one: chown -R \(LocalUser.current): \(directory)")
                ]
            }
            return []
        }
        guard faccessat(AT_FDCWD, directory, R_OK | W_OK | X_OK, AT_EACCESS) == 0 else {
            return [failure("\(SystemWords.of(errno)); make it writable: chmod 0700 \(directory)")]
        }
        return Self.files.compactMap { name in
            let path = "\(directory)/\(name)"
            if lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
                return failure("\(name) is a link, or no ordinary file; remove it, or choose another state_path")
            }
            guard stat(path, &status) == 0, faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) != 0 else { return nil }
            return failure(
                "\(name) belongs to user \(LocalUser.name(status.st_uid)); give it to this one: "
                    + "chown -R \(LocalUser.current): \(directory)")
        }.prefix(1).map(\.self)
    }

    /// Whose it is, if that is another user than this one: as root sees it.
    public var otherOwner: String? {
        var status = stat()
        guard stat(directory, &status) == 0, status.st_uid != geteuid() else { return nil }
        return LocalUser.name(status.st_uid)
    }

    private func missing() -> [InspectionFinding] {
        var ancestor = directory
        var status = stat()
        repeat {
            ancestor = PathText.parent(of: ancestor)
        } while stat(ancestor, &status) != 0 && ancestor != "/"
            && ancestor != "."
        let parent = PathText.parent(of: directory)
        let user = LocalUser.current
        let remedy = "install -d -o \(user) -g \(user) -m 0700 \(directory)"
        guard faccessat(AT_FDCWD, ancestor, W_OK | X_OK, AT_EACCESS) == 0 else {
            let missing = ancestor == parent ? "it does not exist" : "neither it nor \(parent) exists"
            return [failure("\(missing), and user \(user) may not make it in \(ancestor); make it: \(remedy)")]
        }
        guard ancestor != parent else { return [] }
        return [
            InspectionFinding(
                .warning,
                "state directory \(directory): neither it nor \(parent) exists; aerostat run makes them; check the path"
            )
        ]
    }

    private func failure(_ text: String, isNamed: Bool = false) -> InspectionFinding {
        InspectionFinding(.failure, isNamed ? "state directory: \(text)" : "state directory \(directory): \(text)")
    }

    /// Writes a file into the directory, has it on disk, and removes it, as an agent does with every poll.
    public func trial() -> InspectionFinding {
        var status = stat()
        if stat(directory, &status) != 0, errno == ENOENT {
            return InspectionFinding(.warning, "it does not exist yet; aerostat run makes it")
        }
        let path = "\(directory)/.check-\(getpid())"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return refusal("a file cannot be made", errno) }
        defer { unlink(path) }
        let bytes = [UInt8](repeating: 0, count: 4096)
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        var code = count < 0 ? errno : count < bytes.count ? ENOSPC : 0
        if code == 0, fsync(descriptor) != 0 { code = errno }
        close(descriptor)
        if code != 0 { return refusal("a file cannot be written", code) }
        let owner = otherOwner.map { ", as root; its user is \($0)" } ?? ""
        return .good("written and synced\(owner)")
    }

    private func refusal(_ what: String, _ code: Int32) -> InspectionFinding {
        let remedy =
            switch code {
            case ENOSPC, EDQUOT: "free some space there"
            case EROFS: "mount it writable"
            default: "let user \(LocalUser.current) write there: chown -R \(LocalUser.current): \(directory)"
            }
        return InspectionFinding(.failure, "\(what): \(SystemWords.of(code)); \(remedy)")
    }

    /// The process that holds the directory, as the kernel lists it; `nil` if none does. Does not touch the lock: an agent
    /// that starts just then would be refused.
    public var holder: Int32? {
        var status = stat()
        guard stat("\(directory)/lock", &status) == 0 else { return nil }
        let device = UInt64(status.st_dev)
        let major = ((device >> 8) & 0xFFF) | ((device >> 32) & ~0xFFF)
        let minor = (device & 0xFF) | ((device >> 12) & ~0xFF)
        let file = "\(Self.hex(major)):\(Self.hex(minor)):\(status.st_ino)"
        let real = realpath("\(directory)/lock", nil)
        defer { free(real) }
        let path = real.map { String(cString: $0) }
        for line in ProcessTable.text("/proc/locks").split(separator: "\n") {
            // 1: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF
            let words = line.split(separator: " ")
            guard words.count > 5, words[1] == "FLOCK", words[5].hasSuffix(":\(status.st_ino)"),
                let process = pid_t(words[4]), process > 0
            else { continue }
            // overlayfs and btrfs have a device of their own for stat.
            if words[5] == file || ProcessTable.opens(path, process) { return process }
        }
        return nil
    }

    private static func hex(_ number: UInt64) -> String {
        let text = String(number, radix: 16)
        return text.count < 2 ? "0\(text)" : text
    }
}
