/// The files that configuration is read from.
public protocol FileAccess: Sendable {
    /// Whether anything has that path.
    func exists(_ path: String) -> Bool
    /// The names in a directory, in any order.
    func names(in directory: String) throws(FileAccessError) -> [String]
    /// What a regular file holds. Never waits for one that is none, such as a pipe.
    func contents(of path: String, limit: Int) throws(FileAccessError) -> [UInt8]
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

    /// An error of that file.
    public init(_ path: String, _ reason: Reason) {
        self.path = path
        self.reason = reason
    }

    /// `path: what is wrong, and what to do`
    public var description: String {
        switch reason {
        case .notFound: "\(path): there is no such file or directory"
        case .permissionDenied: "\(path): permission denied; the agent's user must be able to read it"
        case .notRegular: "\(path): expected a regular file"
        case .notDirectory: "\(path): expected a directory"
        case .tooLarge(let limit): "\(path): larger than \(limit) bytes. Is it a configuration file?"
        case .system(let message): "\(path): \(message)"
        }
    }
}
