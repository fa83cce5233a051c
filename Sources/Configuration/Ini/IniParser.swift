/// Reads INI files by the rules of `oslo_config.iniparser`, but for two: it goes on after an error, so that all errors
/// of a file are told at once, and it accepts a byte order mark.
///
/// A line that begins with a space or tab continues the value above it; a blank line or a comment ends a value; only
/// whole lines are comments; the first of `=` and `:` ends the key. No message repeats what a line says: it may be a
/// password.
public struct IniParser {
    /// After so many errors the rest of a file is not told of.
    static let errorLimit = 100

    private enum Scope {
        case outside
        case section(String)
        /// Below a section line that could not be read: what stands there is nobody's.
        case unreadable
    }

    private struct Pending {
        let key: String
        let location: SourceLocation
        let valueLocation: SourceLocation
        var lines: [String]
    }

    private var document: IniDocument
    private var diagnostics = Diagnostics()
    private var errors = 0
    private var scope = Scope.outside
    private var pending: Pending?
    /// Whether indented lines belong to a line that has been complained of already.
    private var isRecovering = false

    private init(file: String) {
        document = IniDocument(file: file)
    }

    /// The document that these bytes hold, without the lines that are errors, and an error for each of those.
    public static func parse(_ bytes: [UInt8], file: String) -> (document: IniDocument, diagnostics: Diagnostics) {
        var parser = IniParser(file: file)
        for line in TextLines(bytes) {
            parser.read(line)
            if parser.errors >= errorLimit {
                parser.diagnostics.error(
                    at: SourceLocation(file: file, line: line.number, column: 1),
                    "that makes \(errorLimit) errors; the rest of the file was not read. Is it a configuration file?")
                break
            }
        }
        parser.flush()
        return (parser.document, parser.diagnostics)
    }

    private mutating func read(_ line: TextLines.Line) {
        if let fault = line.fault { return complain(of: fault, in: line) }
        let text = line.scalars[...].strippedAtEnd
        guard let first = text.first else {
            flush()
            isRecovering = false
            return
        }
        if first == " " || first == "\t" { return continueValue(with: text, line.number) }
        flush()
        isRecovering = false
        switch first {
        case "[": readSection(text, line.number)
        case "#", ";": break
        default: readAssignment(text, line.number)
        }
    }

    private mutating func continueValue(with text: ArraySlice<Unicode.Scalar>, _ line: Int) {
        if pending != nil {
            pending?.lines.append(String(text.strippedAtStart))
        } else if !isRecovering {
            error(
                line, text.strippedAtStart.startIndex,
                "a line that begins with a space continues the value above it, but a blank line, a comment or a "
                    + "section ended that; remove the space")
        }
    }

    private mutating func readSection(_ text: ArraySlice<Unicode.Scalar>, _ line: Int) {
        scope = .unreadable
        if text.last != "]" {
            error(line, text.endIndex, "expected ']' at the end of the section's name; a comment needs its own line")
        } else if text.count <= 2 {
            error(line, text.startIndex + 1, "expected a section's name between '[' and ']'")
        } else {
            let name = String(text.dropFirst().dropLast())
            document.sections.append(.init(name: name, location: location(line, text.startIndex)))
            scope = .section(name)
        }
    }

    private mutating func readAssignment(_ text: ArraySlice<Unicode.Scalar>, _ line: Int) {
        guard let delimiter = text.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
            return error(line, text.startIndex, "expected 'key = value', '[section]' or '# comment'")
        }
        let key = text[..<delimiter].strippedAtStart.strippedAtEnd
        guard !key.isEmpty else {
            return error(line, delimiter, "expected an option's name before '\(text[delimiter])'")
        }
        var value = text[(delimiter + 1)...].strippedAtStart
        let valueStart = value.isEmpty ? delimiter + 1 : value.startIndex
        if let quote = value.first, quote == "\"" || quote == "'", value.last == quote {
            value = value.dropFirst().dropLast()
        }
        pending = Pending(
            key: String(key), location: location(line, key.startIndex), valueLocation: location(line, valueStart),
            lines: [String(value)])
    }

    /// Ends the value that is being read.
    private mutating func flush() {
        guard let done = pending else { return }
        pending = nil
        switch scope {
        case .section(let name):
            document.assignments.append(
                .init(
                    section: name, key: done.key, value: done.lines.joined(separator: "\n"), location: done.location,
                    valueLocation: done.valueLocation))
        case .outside:
            complain(at: done.location, "expected a section before the first option; write [DEFAULT] above it")
            scope = .unreadable
        case .unreadable: break
        }
    }

    private mutating func complain(of fault: TextLines.Fault, in line: TextLines.Line) {
        flush()
        switch fault {
        case .nul: error(line.number, line.scalars.endIndex, "expected text, but there is a NUL: the file is binary")
        case .utf16: error(line.number, 0, "expected UTF-8, but this is UTF-16; save the file as UTF-8")
        case .encoding: error(line.number, line.scalars.endIndex, "expected UTF-8; save the file in that encoding")
        }
    }

    private mutating func error(_ line: Int, _ index: Int, _ message: String) {
        complain(at: location(line, index), message)
    }

    private mutating func complain(at location: SourceLocation, _ message: String) {
        diagnostics.error(at: location, message)
        errors += 1
        isRecovering = true
    }

    private func location(_ line: Int, _ index: Int) -> SourceLocation {
        SourceLocation(file: document.file, line: line, column: index + 1)
    }
}
