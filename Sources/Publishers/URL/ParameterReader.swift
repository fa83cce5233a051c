import Configuration
import Glibc
import Telemetry

/// Takes a publisher's parameters out of its URL, and tells what is wrong with them and where.
struct ParameterReader {
    let url: PublisherURL
    private let location: SourceLocation?
    private(set) var diagnostics = Diagnostics()

    init(url: PublisherURL, location: SourceLocation?) {
        self.url = url
        self.location = location
    }

    mutating func error(_ message: String) {
        diagnostics.error(at: location, "publisher \(url): \(message)".oneLine)
    }

    mutating func warning(_ message: String) {
        diagnostics.warning(at: location, "publisher \(url): \(message)".oneLine)
    }

    /// Warns of a file that the present user cannot read; the agent's user may be another one.
    mutating func checkReadable(_ path: String, _ parameter: String, _ expected: String) {
        guard access(path, R_OK) != 0 else { return }
        warning("\(parameter)=\(path) cannot be read: \(String(cString: strerror(errno))); expected \(expected)")
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
