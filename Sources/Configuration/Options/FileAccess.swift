/// The files that configuration is read from.
public protocol FileAccess: Sendable {
    /// Whether anything has that path. Throws if that cannot be told, such as in a directory that this user may not search.
    func exists(_ path: String) throws(FileAccessError) -> Bool
    /// The names in a directory, in any order.
    func names(in directory: String) throws(FileAccessError) -> [String]
    /// What a regular file holds. Never waits for one that is none, such as a pipe.
    func contents(of path: String, limit: Int) throws(FileAccessError) -> [UInt8]
    /// How far a file is open to users that have nothing to do with it; `nil` if they cannot read it, or if that cannot be
    /// told.
    func exposure(of path: String) -> FileExposure?
}

extension FileAccess {
    /// Files without owners are open to nobody.
    public func exposure(of path: String) -> FileExposure? { nil }
}

/// A file that every user of the host can read.
public struct FileExposure: Sendable, Hashable {
    /// Its permission bits, as `chmod` takes them: `0644`.
    public let mode: String
    /// The commands that close it.
    public let remedy: String

    /// An exposure with those properties.
    public init(mode: String, remedy: String) {
        self.mode = mode
        self.remedy = remedy
    }
}

/// Why a file could not be read.
public struct FileAccessError: Error, Hashable, CustomStringConvertible {
    /// What was wrong.
    public enum Reason: Sendable, Hashable {
        /// Nothing has that path.
        case notFound
        /// This user may not read it.
        case permissionDenied
        /// A file was expected, but there is a directory or a device.
        case notRegular
        /// A directory was expected.
        case notDirectory
        /// It holds more than so many bytes.
        case tooLarge(limit: Int)
        /// Anything else, in the system's words.
        case system(String)
    }

    /// What should have been read.
    public let path: String
    /// What was wrong.
    public let reason: Reason
    /// What to do about a permission that is missing; `nil` if nothing more is known than the path.
    public let remedy: String?

    /// An error of that file.
    public init(_ path: String, _ reason: Reason, remedy: String? = nil) {
        self.path = path
        self.reason = reason
        self.remedy = remedy
    }

    /// `path: what is wrong, and what to do`
    public var description: String {
        "\(path): \(words)"
    }

    private var words: String {
        switch reason {
        case .notFound: "there is no such file or directory"
        case .permissionDenied: "permission denied; \(remedy ?? "let the agent's user read it")"
        case .notRegular: "it is a directory, a pipe or a device; expected a regular file"
        case .notDirectory: "it is no directory; expected one"
        case .tooLarge(let limit): "it is larger than \(limit) bytes; expected a configuration file"
        case .system(let message): message
        }
    }
}
