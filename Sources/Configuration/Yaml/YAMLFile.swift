/// Reads YAML files into nodes that know where they stand. What a file can cost is bounded: its size, its depth and the
/// number of nodes after aliases were followed.
public enum YAMLFile {
    /// The largest file that is read, in bytes.
    public static let maximumSize = 4 << 20
    /// How deep values may be nested.
    public static let maximumDepth = 64
    /// The largest number of nodes, with what aliases stand for counted each time.
    public static let maximumNodes = 100_000

    static let tooDeep = "values are nested more than \(maximumDepth) deep; expected a flatter file"
    static let keyIsNoText = "an alias, a list or a mapping is used as a key; expected text"
    static let unquotedStar = "\"*\" begins an alias here; expected quotes around text that begins with \"*\""

    /// Parses a file's bytes. Errors go to `diagnostics`; `nil` if there is any. An empty file is `null`. Blocks.
    public static func parse(_ bytes: [UInt8], file: String, into diagnostics: inout Diagnostics) -> YAMLNode? {
        guard let text = text(bytes, file: file, into: &diagnostics) else { return nil }
        let parsed = DeepStack.run { () -> (node: YAMLNode?, diagnostics: Diagnostics) in
            var parse = YAMLParse(file: file)
            let node = parse.run(text)
            return (node, parse.diagnostics)
        }
        guard let parsed else {
            diagnostics.error(
                at: start(of: file), "the system gives no thread to parse the file on; check the limits of this process"
            )
            return nil
        }
        diagnostics.append(parsed.diagnostics)
        return parsed.diagnostics.hasErrors ? nil : parsed.node
    }

    static func start(of file: String) -> SourceLocation {
        SourceLocation(file: file, line: 1, column: 1)
    }

    private static func text(_ bytes: [UInt8], file: String, into diagnostics: inout Diagnostics) -> String? {
        guard bytes.count <= maximumSize else {
            diagnostics.error(
                at: start(of: file),
                "the file has \(bytes.count) bytes; expected a YAML file of at most \(maximumSize)")
            return nil
        }
        // As for PyYAML a byte order mark counts for nothing.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        guard let text = String(validating: bytes.dropFirst(bytes.starts(with: mark) ? mark.count : 0), as: UTF8.self)
        else {
            diagnostics.error(at: start(of: file), "the file is not UTF-8 text; expected a YAML file")
            return nil
        }
        if let place = placeOfForbiddenCharacter(in: text) {
            diagnostics.error(
                at: SourceLocation(file: file, line: place.line, column: place.column),
                "a control character stands here; expected a YAML file, which is text")
            return nil
        }
        return text
    }

    /// The first character that YAML 1.1 (5.1) does not allow: libyaml would not tell its place.
    private static func placeOfForbiddenCharacter(in text: String) -> (line: Int, column: Int)? {
        var (line, column) = (1, 1)
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A: (line, column) = (line + 1, 1)
            case 0x09, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xFFFD, 0x10000...0x10FFFF: column += 1
            default: return (line, column)
            }
        }
        return nil
    }
}
