import Configuration
import Glibc
import Telemetry
import Threads

/// Takes a publisher's parameters out of its URL, and tells what is wrong with them and where.
struct ParameterReader {
    let url: PublisherURL
    private let location: SourceLocation?
    /// Whether the files are looked at that the URL names, which may block.
    private let looksAtFiles: Bool
    private(set) var diagnostics = Diagnostics()

    init(url: PublisherURL, location: SourceLocation?, looksAtFiles: Bool = false) {
        self.url = url
        self.location = location
        self.looksAtFiles = looksAtFiles
    }

    mutating func error(_ message: String) {
        diagnostics.error(at: location, "publisher \(url): \(message)".oneLine)
    }

    mutating func warning(_ message: String) {
        diagnostics.warning(at: location, "publisher \(url): \(message)".oneLine)
    }

    /// Tells of a file that can be none, and warns of one that the present user cannot read; the agent's user may be
    /// another one.
    mutating func checkReadable(_ path: String, _ parameter: String, _ expected: String, orDirectory: Bool = false) {
        guard looksAtFiles else { return }
        switch NamedFile(path) {
        case .regular: break
        case .directory where orDirectory: break
        case .directory, .other: error("\(parameter)=\(path) is no regular file; expected \(expected)")
        case .unreadable(let reason): warning("\(parameter)=\(path) cannot be read: \(reason); expected \(expected)")
        case .hanging(let time):
            warning("\(parameter)=\(path) does not answer within \(time.components.seconds) s; check its disk or mount")
        }
    }

    /// Warns of a directory that the present user cannot write to.
    mutating func checkWritable(_ directory: String) {
        guard looksAtFiles else { return }
        let problem = onOwnThread(within: NamedFile.patience) {
            access(directory, W_OK | X_OK) == 0 ? nil : String(cString: strerror(errno))
        }
        switch problem {
        case nil: warning("\(directory) does not answer; check its disk or mount")
        case .some(nil): break
        case .some(let reason?): warning("\(directory) cannot be written to: \(reason); expected a directory")
        }
    }

    /// A whole number as Python's `int` reads it: white space around, a sign, `_` between digits.
    static func integer(_ text: String) -> Int? {
        var digits = Substring(text)
        while digits.first?.isWhitespace == true { digits.removeFirst() }
        while digits.last?.isWhitespace == true { digits.removeLast() }
        guard digits.first != "_", digits.last != "_", !digits.contains("__") else { return nil }
        return Int(String(digits.filter { $0 != "_" }))
    }
}

/// What a path that a URL names leads to.
private enum NamedFile {
    case regular
    case directory
    /// A FIFO, a socket or a device.
    case other
    case unreadable(String)
    /// It was not found out in that time.
    case hanging(Duration)

    /// How long a disk may take to tell.
    static let patience = Duration.seconds(2)

    /// Looks, and blocks for `patience` at most.
    init(_ path: String) {
        let found = onOwnThread(within: Self.patience) { () -> NamedFile in
            var status = stat()
            guard stat(path, &status) == 0, access(path, R_OK) == 0 else {
                return .unreadable(String(cString: strerror(errno)))
            }
            return switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            default: .other
            }
        }
        self = found ?? .hanging(Self.patience)
    }
}

extension StringProtocol {
    fileprivate func contains(_ needle: String) -> Bool {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(needle) { return true }
            rest = rest.dropFirst()
        }
        return needle.isEmpty
    }
}
