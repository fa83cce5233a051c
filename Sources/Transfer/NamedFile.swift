import Glibc
import Threads

/// What a path leads to that the configuration names for TLS.
package enum NamedFile: Sendable, Hashable {
    case regular
    case directory
    /// A FIFO, a socket or a device.
    case other
    case unreadable(String)
    /// It was not found out within `patience`.
    case hanging

    /// How long a disk may take to tell.
    package static let patience = Duration.seconds(2)

    /// Looks at the path. Blocks, for `patience` at most.
    package init(_ path: String) {
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
        self = found ?? .hanging
    }

    /// Why it cannot be used, to be put behind the path, and whether that is certain: the agent's user may be another one
    /// than the present, and a mount may come back. `nil` if it can.
    package func problem(orDirectory: Bool) -> (text: String, isCertain: Bool)? {
        switch self {
        case .regular: nil
        case .directory where orDirectory: nil
        case .directory, .other: ("is no regular file", true)
        case .unreadable(let reason): ("cannot be read: \(reason)", false)
        case .hanging:
            ("does not answer within \(Self.patience.components.seconds) s: its disk or mount hangs", false)
        }
    }
}
