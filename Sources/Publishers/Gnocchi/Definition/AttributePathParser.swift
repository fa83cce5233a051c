/// Reads an `AttributePath`, at most 1,000 characters and 32 parentheses deep.
struct AttributePathParser {

    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var depth = 0

    private static let longest = 1000
    private static let deepest = 32

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    mutating func parse() throws(AttributePath.Problem) -> AttributePath {
        guard scalars.count <= Self.longest else { throw problem("it is longer than \(Self.longest) characters") }
        let path = try chain()
        skipSpace()
        guard index == scalars.count else { throw unexpected() }
        return path
    }

    /// `a.b|c[0]`
    private mutating func chain() throws(AttributePath.Problem) -> AttributePath {
        var path = try union()
        while true {
            skipSpace()
            if take("[") {
                path = .child(path, try bracket())
            } else if take(".") {
                if peek == "." { throw problem("\"..\" is not supported here; name the path") }
                skipSpace()
                path = .child(path, take("[") ? try bracket() : try union())
            } else {
                return path
            }
        }
    }

    /// `a|(b.c)|d`
    private mutating func union() throws(AttributePath.Problem) -> AttributePath {
        var paths = [try atom()]
        skipSpace()
        while take("|") {
            paths.append(try atom())
            skipSpace()
        }
        return paths.count == 1 ? paths[0] : .union(paths)
    }

    private mutating func atom() throws(AttributePath.Problem) -> AttributePath {
        skipSpace()
        if take("(") {
            depth += 1
            guard depth <= Self.deepest else { throw problem("parentheses are nested more than \(Self.deepest) deep") }
            let path = try chain()
            depth -= 1
            skipSpace()
            guard take(")") else { throw unexpected() }
            return path
        }
        if take("$") { return .root }
        if take("*") { return .allFields }
        var names = [try name()]
        skipSpace()
        while take(",") {
            skipSpace()
            names.append(try name())
            skipSpace()
        }
        return .fields(names)
    }

    private mutating func bracket() throws(AttributePath.Problem) -> AttributePath {
        skipSpace()
        let path: AttributePath
        if take("*") {
            path = .allElements
        } else if peek == "'" || peek == "\"" {
            path = .fields([try name()])
        } else {
            let start = index
            if peek == "-" { index += 1 }
            while let scalar = peek, ("0"..."9").contains(scalar) { index += 1 }
            var digits = String.UnicodeScalarView()
            digits.append(contentsOf: scalars[start..<index])
            guard let number = Int(String(digits)) else { throw unexpected() }
            path = .element(number)
        }
        skipSpace()
        guard take("]") else { throw unexpected() }
        return path
    }

    private mutating func name() throws(AttributePath.Problem) -> String {
        var text = String.UnicodeScalarView()
        if let quote = peek, quote == "'" || quote == "\"" {
            let start = index
            index += 1
            while let scalar = peek, scalar != quote {
                text.append(scalar)
                index += 1
            }
            guard take(quote) else {
                throw AttributePath.Problem(offset: start, reason: "a quotation mark is never closed")
            }
            return String(text)
        }
        while let scalar = peek, Self.isLetter(scalar) || !text.isEmpty && Self.isInner(scalar) {
            text.append(scalar)
            index += 1
        }
        guard !text.isEmpty else { throw unexpected() }
        return String(text)
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_" || scalar == "@"
    }

    private static func isInner(_ scalar: Unicode.Scalar) -> Bool {
        ("0"..."9").contains(scalar) || scalar == "-"
    }

    private var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        index += 1
        return true
    }

    private mutating func skipSpace() {
        while let scalar = peek, scalar.properties.isWhitespace { index += 1 }
    }

    private func problem(_ reason: String) -> AttributePath.Problem {
        AttributePath.Problem(offset: index, reason: reason)
    }

    private func unexpected() -> AttributePath.Problem {
        let expected = "expected a path such as resource_metadata.(flavor_id|(flavor.id))"
        guard let scalar = peek else { return problem("it ends too early; \(expected)") }
        if scalar == "`" { return problem("functions in backticks are not supported; \(expected)") }
        return problem("\(String(scalar).debugDescription) stands where it cannot; \(expected)")
    }
}
