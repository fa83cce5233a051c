import Configuration
import Glibc
import Telemetry
import Threads
import Transfer

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
        guard looksAtFiles, let problem = NamedFile(path).problem(orDirectory: orDirectory) else { return }
        let text = "\(parameter)=\(path) \(problem.text); expected \(expected)"
        if problem.isCertain { error(text) } else { warning(text) }
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
