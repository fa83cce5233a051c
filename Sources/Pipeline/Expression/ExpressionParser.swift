import Configuration

/// Reads an expression; the grammar stands in docs/pipeline.md.
///
/// What binds least comes first: `or`, `and`, `not`, comparisons, `+ -`, `* / // %`, signs, `**`.
struct ExpressionParser {
    private let tokens: [ExpressionToken]
    private let vocabulary: ExpressionVocabulary
    private var index = 0
    private var depth = 0

    /// Brackets, signs, `not` and `**` within each other.
    private static let deepest = 50
    private static let keywords = ["and", "or", "not"]
    private static let constants: [String: ExpressionValue] = [
        "True": .truth(true), "False": .truth(false), "None": .null,
    ]
    /// Words of Python's grammar, which can name nothing.
    private static let reserved: Set<String> = [
        "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except",
        "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "pass", "raise", "return",
        "try", "while", "with", "yield",
    ]

    private init(_ tokens: [ExpressionToken], _ vocabulary: ExpressionVocabulary) {
        self.tokens = tokens
        self.vocabulary = vocabulary
    }

    /// The tree of a text.
    static func parse(
        _ text: String, _ vocabulary: ExpressionVocabulary
    ) throws(ExpressionError) -> ExpressionNode {
        var parser = ExpressionParser(try ExpressionTokenizer.tokens(of: text), vocabulary)
        let node = try parser.either()
        let next = parser.current
        guard next.kind == .end else {
            throw ExpressionError(at: next.position, "\(next.text) is unexpected; expected an operator or the end")
        }
        return node
    }

    private var current: ExpressionToken { tokens[index] }

    private mutating func take(symbol: String) -> Bool { take(.symbol(symbol)) }
    private mutating func take(word: String) -> Bool { take(.name(word)) }
    private mutating func take(_ kind: ExpressionToken.Kind) -> Bool {
        guard current.kind == kind else { return false }
        index += 1
        return true
    }

    private mutating func deeper(
        _ body: (inout ExpressionParser) throws(ExpressionError) -> ExpressionNode
    ) throws(ExpressionError) -> ExpressionNode {
        guard depth < Self.deepest else {
            throw ExpressionError(at: current.position, "more than \(Self.deepest) levels within each other")
        }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    private mutating func either() throws(ExpressionError) -> ExpressionNode {
        var node = try both()
        while take(word: "or") { node = .or(node, try both()) }
        return node
    }

    private mutating func both() throws(ExpressionError) -> ExpressionNode {
        var node = try negation()
        while take(word: "and") { node = .and(node, try negation()) }
        return node
    }

    private mutating func negation() throws(ExpressionError) -> ExpressionNode {
        guard take(word: "not") else { return try comparison() }
        return .not(try deeper { parser throws(ExpressionError) in try parser.negation() })
    }

    private mutating func comparison() throws(ExpressionError) -> ExpressionNode {
        let first = try sum()
        var links: [ExpressionNode.Link] = []
        while case .symbol(let symbol) = current.kind, let comparison = ExpressionComparison(rawValue: symbol) {
            let position = current.position
            index += 1
            links.append(ExpressionNode.Link(comparison: comparison, operand: try sum(), position: position))
        }
        return links.isEmpty ? first : .comparison(first, links)
    }

    private mutating func sum() throws(ExpressionError) -> ExpressionNode {
        var node = try product()
        while let (found, position) = takeOperator(of: [.plus, .minus]) {
            node = .arithmetic(found, node, try product(), at: position)
        }
        return node
    }

    private mutating func product() throws(ExpressionError) -> ExpressionNode {
        var node = try sign()
        while let (found, position) = takeOperator(of: [.times, .divided, .floorDivided, .remainder]) {
            node = .arithmetic(found, node, try sign(), at: position)
        }
        return node
    }

    private mutating func takeOperator(of allowed: [ExpressionOperator]) -> (ExpressionOperator, Int)? {
        guard case .symbol(let symbol) = current.kind, let found = ExpressionOperator(rawValue: symbol),
            allowed.contains(found)
        else { return nil }
        defer { index += 1 }
        return (found, current.position)
    }

    private mutating func sign() throws(ExpressionError) -> ExpressionNode {
        let position = current.position
        let isNegative = take(symbol: "-")
        guard isNegative || take(symbol: "+") else { return try power() }
        return .sign(
            isNegative: isNegative, try deeper { parser throws(ExpressionError) in try parser.sign() }, at: position)
    }

    /// `**` binds more than a sign before it, less than one behind it, and from the right.
    private mutating func power() throws(ExpressionError) -> ExpressionNode {
        let base = try operand()
        let position = current.position
        guard take(symbol: "**") else { return base }
        let exponent = try deeper { parser throws(ExpressionError) in try parser.sign() }
        return .arithmetic(.power, base, exponent, at: position)
    }

    private mutating func operand() throws(ExpressionError) -> ExpressionNode {
        let token = current
        index += token.kind == .end ? 0 : 1
        switch token.kind {
        case .number(let value): return .value(value)
        case .symbol("("):
            let node = try deeper { parser throws(ExpressionError) in try parser.either() }
            guard take(symbol: ")") else {
                throw ExpressionError(at: current.position, "\(current.text) is unexpected; expected a closing bracket")
            }
            return node
        case .meter(let meter):
            guard case .meters = vocabulary else {
                throw ExpressionError(
                    at: token.position, "\(token.text) has a meaning only in arithmetic; expected names such as volume")
            }
            let path = try path()
            return .name(
                ExpressionName(
                    meter: meter, attribute: path.first ?? "volume", path: Array(path.dropFirst()),
                    position: token.position))
        case .name(let name) where !Self.keywords.contains(name):
            if let constant = Self.constants[name] { return .value(constant) }
            if Self.reserved.contains(name) { break }
            guard case .sample = vocabulary else {
                throw ExpressionError(
                    at: token.position,
                    "the name \(name.excerpt) means nothing here; expected meters, such as $(\(name))")
            }
            return .name(
                ExpressionName(meter: nil, attribute: name, path: try path(), position: token.position))
        case .name, .symbol, .end: break
        }
        throw ExpressionError(
            at: token.position, "\(token.text) is unexpected; expected a number, a name or an opening bracket")
    }

    /// `.name` and so on, behind a name.
    private mutating func path() throws(ExpressionError) -> [String] {
        var path: [String] = []
        while take(symbol: ".") {
            guard case .name(let name) = current.kind else {
                throw ExpressionError(
                    at: current.position, "\(current.text) is unexpected; expected a name behind \".\"")
            }
            index += 1
            path.append(name)
        }
        return path
    }
}
