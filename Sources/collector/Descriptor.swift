import Glibc

/// A file descriptor that is written to. Writing may block, so it is the main thread's: nothing else runs there.
@MainActor
struct Descriptor {
    private let number: Int32

    /// Standard output.
    static let standardOutput = Descriptor(number: STDOUT_FILENO)

    private init(number: Int32) {
        self.number = number
    }

    /// A file to append to; made if it does not exist. It stays open as long as the process lives.
    init(appendingTo path: String) throws(SystemError) {
        number = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard number >= 0 else { throw SystemError("cannot open \(path) to append to it") }
    }

    /// Writes all of the bytes.
    func write(_ bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno != EINTR {
                throw SystemError("cannot write")
            }
        }
    }

    /// The size of the terminal behind it; `nil` if there is none.
    var terminalSize: (columns: Int, lines: Int)? {
        var size = winsize()
        guard isatty(number) == 1 else { return nil }
        guard ioctl(number, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}

/// A system call that failed.
struct SystemError: Error, CustomStringConvertible {
    /// What was tried, and the system's reason.
    let description: String

    /// To be made right after the failure: it reads `errno`.
    init(_ attempt: String) {
        description = "\(attempt): \(String(cString: strerror(errno)))"
    }
}
