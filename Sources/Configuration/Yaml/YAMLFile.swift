import Yams

/// Reads YAML files into nodes that know where they stand. What a file can cost is bounded: its size, its depth (by
/// libyaml) and the number of nodes after aliases were followed.
public enum YAMLFile {
    /// The largest file that is read, in bytes.
    public static let maximumSize = 4 << 20
    /// How deep values may be nested.
    public static let maximumDepth = 64
    /// The largest number of nodes, with what aliases stand for counted each time.
    public static let maximumNodes = 100_000

    /// Parses a file's bytes. Errors go to `diagnostics`; `nil` if there is any. An empty file is `null`.
    public static func parse(_ bytes: [UInt8], file: String, into diagnostics: inout Diagnostics) -> YAMLNode? {
        let start = SourceLocation(file: file, line: 1, column: 1)
        guard bytes.count <= maximumSize else {
            diagnostics.error(
                at: start, "the file has \(bytes.count) bytes; expected a YAML file of at most \(maximumSize)")
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            diagnostics.error(at: start, "the file is not UTF-8 text; expected a YAML file")
            return nil
        }
        if let line = lineOfControlCharacter(bytes) {
            diagnostics.error(
                at: SourceLocation(file: file, line: line, column: 1),
                "there are control characters in this line; expected a YAML file")
            return nil
        }
        if let line = YAMLAliases.lineOfCollectionKey(in: text) {
            diagnostics.error(
                at: SourceLocation(file: file, line: line, column: 1),
                "an alias, a list or a mapping is used as a key; expected text")
            return nil
        }
        do {
            let parser = try Parser(yaml: text, resolver: .basic)
            guard let root = try parser.singleRoot() else { return YAMLNode(location: start, content: .null) }
            var reader = YAMLReader(file: file)
            let node = reader.read(root, at: start)
            diagnostics.append(reader.diagnostics)
            return reader.diagnostics.hasErrors ? nil : node
        } catch let error as YamlError {
            tell(error, file: file, into: &diagnostics)
        } catch {
            diagnostics.error(at: start, "the file cannot be read as YAML: \(error)")
        }
        return nil
    }

    private static func lineOfControlCharacter(_ bytes: [UInt8]) -> Int? {
        guard
            let index = bytes.firstIndex(where: {
                ($0 < 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09) || $0 == 0x7F
            })
        else { return nil }
        return 1 + bytes[..<index].count { $0 == 0x0A }
    }

    private static func tell(_ error: YamlError, file: String, into diagnostics: inout Diagnostics) {
        func location(_ mark: Mark) -> SourceLocation {
            SourceLocation(file: file, line: max(1, mark.line), column: max(1, mark.column))
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            // libyaml's context says what it was reading, and is the part that tells an unclosed bracket's place.
            let reading = context.map { " (\($0.text.trimming) that begins in line \($0.mark.line))" } ?? ""
            diagnostics.error(
                at: location(mark), "\(problem.trimming)\(reading); expected correct YAML, check the indentation")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map(\.excerpt).joined(separator: ", ")
            diagnostics.error(
                at: location(context.mark), "the key \(names) stands twice in one mapping; expected it once")
        case .reader(let problem, _, _, _):
            diagnostics.error(at: SourceLocation(file: file, line: 1, column: 1), "\(problem); expected UTF-8 text")
        default:
            diagnostics.error(
                at: SourceLocation(file: file, line: 1, column: 1), "the file cannot be read as YAML")
        }
    }
}

extension String {
    fileprivate var trimming: String {
        split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
