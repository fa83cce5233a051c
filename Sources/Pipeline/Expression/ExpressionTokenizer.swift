import Configuration

/// Splits an expression into its words, as Python would but for what the grammar leaves out.
struct ExpressionTokenizer {
    private let scalars: [Unicode.Scalar]
    private var index = 0

    /// Longer symbols before those that they begin with.
    private static let symbols = [
        "**", "//", "<=", ">=", "==", "!=", "+", "-", "*", "/", "%", "<", ">", "(", ")", ".",
    ].map { Array($0.unicodeScalars) }

    private init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// The words of a text, the last of them `end`.
    static func tokens(of text: String) throws(ExpressionError) -> [ExpressionToken] {
        var tokenizer = ExpressionTokenizer(text)
        var tokens: [ExpressionToken] = []
        while true {
            let token = try tokenizer.next()
            tokens.append(token)
            if token.kind == .end { return tokens }
        }
    }

    private var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func take(while condition: (Unicode.Scalar) -> Bool) -> String {
        let start = index
        while let scalar = current, condition(scalar) { index += 1 }
        return String(String.UnicodeScalarView(scalars[start..<index]))
    }

    private mutating func next() throws(ExpressionError) -> ExpressionToken {
        _ = take { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }
        let position = index + 1
        guard let first = current else { return ExpressionToken(kind: .end, position: position) }
        let kind: ExpressionToken.Kind
        if first.startsName {
            kind = .name(take { $0.startsName || $0.isDigit })
        } else if first.isDigit || first == "." && index + 1 < scalars.count && scalars[index + 1].isDigit {
            kind = .number(try number(at: position))
        } else if first == "$" {
            kind = .meter(try meter(at: position))
        } else if let symbol = Self.symbols.first(where: { scalars[index...].starts(with: $0) }) {
            index += symbol.count
            kind = .symbol(String(String.UnicodeScalarView(symbol)))
        } else {
            throw ExpressionError(
                at: position,
                "the character \(String(first).excerpt) has no meaning here; expected a number, a name, an operator "
                    + "or a bracket")
        }
        return ExpressionToken(kind: kind, position: position)
    }

    /// A meter's name within `$(` and `)`: letters, digits, and `_.-`.
    private mutating func meter(at position: Int) throws(ExpressionError) -> String {
        index += 1
        guard current == "(" else {
            throw ExpressionError(at: position, "expected a meter's name in brackets behind \"$\", such as $(cpu)")
        }
        index += 1
        let name = take { $0.properties.isAlphabetic || $0.isDigit || $0 == "_" || $0 == "." || $0 == "-" }
        guard !name.isEmpty, current == ")" else {
            throw ExpressionError(
                at: index + 1,
                "expected a meter's name of letters, digits and \"_.-\", and a closing bracket, such as $(cpu)")
        }
        index += 1
        return name
    }

    /// A decimal number as Python writes it: `10`, `1_000`, `1.5`, `.5`, `5.`, `1e9`.
    private mutating func number(at position: Int) throws(ExpressionError) -> ExpressionValue {
        var text = try digits()
        var isWhole = true
        if current == "." {
            isWhole = false
            index += 1
            text += "." + (current?.isDigit == true ? try digits() : "0")
        }
        if current == "e" || current == "E" {
            isWhole = false
            index += 1
            text += "e"
            if current == "+" || current == "-" { text += take { $0 == "+" || $0 == "-" }.prefix(2) }
            guard current?.isDigit == true else {
                throw ExpressionError(at: index + 1, "expected the digits of an exponent")
            }
            text += try digits()
        }
        if let next = current, next.startsName || next == "." {
            throw ExpressionError(at: index + 1, "expected an operator or the end behind a number")
        }
        guard isWhole else {
            // Text of this form is always one; beyond the range it is infinite or 0, as in Python.
            guard let value = Double(text.hasPrefix(".") ? "0" + text : text) else {
                throw ExpressionError(at: position, "\(text.excerpt) is no number")
            }
            return .real(value)
        }
        guard let value = Int128(text) else {
            throw ExpressionError(at: position, "the number is too large; expected at most \(Int128.max)")
        }
        guard value == 0 || !text.hasPrefix("0") else {
            throw ExpressionError(at: position, "a whole number begins with 0; write it without")
        }
        return .integer(value)
    }

    /// Digits, with single underscores between them.
    private mutating func digits() throws(ExpressionError) -> String {
        let start = index + 1
        let text = take { $0.isDigit || $0 == "_" }
        guard !text.hasSuffix("_"), !text.contains("__") else {
            throw ExpressionError(at: start, "an underscore in a number stands between two digits")
        }
        return text.filter { $0 != "_" }
    }
}

extension Unicode.Scalar {
    fileprivate var startsName: Bool {
        self >= "a" && self <= "z" || self >= "A" && self <= "Z" || self == "_"
    }
    fileprivate var isDigit: Bool { self >= "0" && self <= "9" }
}
