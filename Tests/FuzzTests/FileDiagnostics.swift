import Configuration
import Fuzzing

/// What was told of a file, and what must hold of it whatever the file held.
struct FileDiagnostics {
    let all: [Diagnostic]
    let file: String

    private static let longest = 2000

    /// Throws unless all stand within the file, in one line each, and there is an error exactly if nothing was read.
    func check(against bytes: [UInt8], isRead: Bool, needsLocation: Bool = true) throws {
        let lines = Self.lines(of: bytes)
        try demand(
            isRead != all.contains { $0.severity == .error },
            "either a result or an error, but read \(isRead), told \(all)")
        for diagnostic in all {
            try demand(!diagnostic.message.isEmpty, "a message")
            try demand(diagnostic.message.isOneLine, "one line: \(diagnostic.message.debugDescription)")
            try demand(
                diagnostic.message.unicodeScalars.count <= Self.longest + 8 * bytes.count,
                "a short message, not \(diagnostic.message.unicodeScalars.count): \(diagnostic.message.prefix(300))")
            guard let location = diagnostic.location else {
                try demand(!needsLocation, "a place of \(diagnostic)")
                continue
            }
            try demand(location.file == file, "the file's name, not \(location.file)")
            try demand(
                (1...lines + 1).contains(location.line), "a line of the \(lines) of the file: \(diagnostic)")
            try demand((1...bytes.count + 2).contains(location.column), "a column: \(diagnostic)")
        }
    }

    /// What is special about it: the first few messages.
    var trait: String { all.prefix(3).map { Trial.shape(of: $0.message) }.joined(separator: "|") }

    /// By every character that any of the parsers ends a line at.
    private static func lines(of bytes: [UInt8]) -> Int {
        var count = 1
        var previous: Unicode.Scalar?
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\n" where previous == "\r": break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": count += 1
            default: break
            }
            previous = scalar
        }
        return count
    }
}
