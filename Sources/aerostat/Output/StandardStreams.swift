import Agent
import Glibc
import Logging

/// Standard error, for diagnostics.
enum StandardError {
    /// Writes text; where there is a log, behind what was logged. There is nobody to tell of a failure.
    static func write(_ text: String) {
        // A person waits for what a command says; nothing that runs may wait for its reader.
        guard Logging.started == nil else {
            return LogOutput.standardError.write(LogStyle.ofStandardError.prefix(.error) + text)
        }
        var text = text
        text.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

/// Standard output, for results.
enum StandardOutput {
    /// Whether a person reads it.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Writes all bytes. Throws `Failure` if the reader has gone or the disk is full.
    static func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(
                    code: ExitStatus.failed, message: "standard output: \(String(cString: strerror(errno)))")
            }
            rest = rest.dropFirst(count)
        }
    }
}
