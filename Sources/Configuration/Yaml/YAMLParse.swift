internal import Yams

/// One file's way through the parser: what stands there as YAML, or why it is none.
struct YAMLParse {
    let file: String
    private(set) var diagnostics = Diagnostics()

    init(file: String) {
        self.file = file
    }

    /// The file's value; `nil` with errors told. Recursive: needs a deep stack.
    mutating func run(_ text: String) -> YAMLNode? {
        guard var source = YAMLDuplicates(text) else {
            diagnostics.error(
                at: YAMLFile.start(of: file), "the file is full of private-use characters; expected a YAML file")
            return nil
        }
        while true {
            do {
                return try read(source)
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                // The mark is the first name's.
                let name = names.first ?? ""
                if source.rename(name, line: context.mark.line, column: context.mark.column) { continue }
                let shown = source.original(of: name).redactedExcerpt
                diagnostics.error(
                    at: location(context.mark),
                    "the key \(shown) stands here and again in the same mapping; expected it once")
            } catch let error as YamlError {
                tell(error, in: text)
            } catch {
                diagnostics.error(
                    at: YAMLFile.start(of: file), "the file cannot be read as YAML; expected correct YAML")
            }
            return nil
        }
    }

    private mutating func read(_ source: YAMLDuplicates) throws -> YAMLNode? {
        if YAMLAliases.arePossible(in: source.text) {
            try YAMLAliases.check(source.text, standIn: source.standIn, file: file, into: &diagnostics)
            guard !diagnostics.hasErrors else { return nil }
        }
        let start = YAMLFile.start(of: file)
        guard let root = try Parser(yaml: source.text, resolver: .basic).singleRoot() else {
            return YAMLNode(location: start, content: .null)
        }
        var reader = YAMLReader(file: file, source: source)
        let node = reader.read(root, at: start)
        diagnostics.append(reader.diagnostics)
        return node
    }

    private mutating func tell(_ error: YamlError, in text: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            diagnostics.error(at: end(of: text, before: mark) ?? location(mark), message(problem, context))
        case .reader(let problem, _, _, _):
            diagnostics.error(at: YAMLFile.start(of: file), "\(problem); expected UTF-8 text")
        default:
            diagnostics.error(at: YAMLFile.start(of: file), "the file cannot be read as YAML")
        }
    }

    /// libyaml's words, with what they mean where that is no secret to us.
    private func message(_ problem: String, _ context: YamlError.Context?) -> String {
        // libyaml's context says what it was reading, and is the part that tells an unclosed bracket's place.
        let reading = context.map { " (\($0.text.trimmed) that begins in line \($0.mark.line))" } ?? ""
        let words = problem.trimmed
        if words.contains("found another document") {
            return "a second document begins here (\"---\"); expected one document in the file"
        }
        if words.contains("nesting level") { return YAMLFile.tooDeep }
        if context?.text.contains("scanning an alias") == true { return YAMLFile.unquotedStar }
        if words.contains("undefined alias") {
            return "this alias has no anchor before it; expected quotes around text that begins with \"*\""
        }
        if words.contains("cannot start any token") {
            return "\(words)\(reading); expected spaces for indentation, not tabs, and quotes around text that begins "
                + "with %, @ or `"
        }
        return "\(words)\(reading); expected correct YAML, check the indentation, the quotes and the brackets"
    }

    /// The end of the text, if it does not end its last line: libyaml ends it, and marks the line behind.
    private func end(of text: String, before mark: Mark) -> SourceLocation? {
        guard mark.column == 1, let last = text.utf8.last, last != 0x0A, last != 0x0D else { return nil }
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        guard let line = lines.last, mark.line == lines.count + 1 else { return nil }
        return SourceLocation(file: file, line: lines.count, column: line.count + 1)
    }

    private func location(_ mark: Mark) -> SourceLocation {
        SourceLocation(file: file, line: max(1, mark.line), column: max(1, mark.column))
    }
}

extension String {
    fileprivate var trimmed: String {
        split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
