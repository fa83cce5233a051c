/// Matches a name against a shell pattern as Python's `fnmatch` does: `*`, `?`, `[abc]`, `[a-z]`, `[!abc]`; a bracket
/// that is never closed stands for itself, and nothing escapes anything. Letter case counts.
package struct Glob: Sendable, Hashable {
    private let tokens: [Token]

    fileprivate enum Token: Sendable, Hashable {
        case literal(Unicode.Scalar)
        case any
        case star
        case set([ClosedRange<Unicode.Scalar>], negated: Bool)
    }

    /// The pattern of that text; every text is one.
    package init(_ pattern: some StringProtocol) {
        let scalars = Array(pattern.unicodeScalars)
        var tokens: [Token] = []
        var index = 0
        // Where no bracket closes one, none closes those behind it: looked for each time, that would be quadratic.
        var isClosable = true
        while index < scalars.count {
            switch scalars[index] {
            case "*":
                if tokens.last != .star { tokens.append(.star) }
                index += 1
            case "?":
                tokens.append(.any)
                index += 1
            case "[":
                if isClosable, let (token, next) = Self.set(scalars, from: index + 1) {
                    tokens.append(token)
                    index = next
                } else {
                    isClosable = false
                    tokens.append(.literal("["))
                    index += 1
                }
            case let scalar:
                tokens.append(.literal(scalar))
                index += 1
            }
        }
        self.tokens = tokens
    }

    /// The set that begins behind an opening bracket, and the index behind its closing one.
    private static func set(_ scalars: [Unicode.Scalar], from start: Int) -> (Token, Int)? {
        var first = start
        let negated = first < scalars.count && scalars[first] == "!"
        if negated { first += 1 }
        // A closing bracket in the first place is a member.
        guard first < scalars.count, let end = scalars[(first + 1)...].firstIndex(of: "]") else { return nil }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        var index = first
        while index < end {
            if index + 2 < end, scalars[index + 1] == "-" {
                if scalars[index] <= scalars[index + 2] { ranges.append(scalars[index]...scalars[index + 2]) }
                index += 3
            } else {
                ranges.append(scalars[index]...scalars[index])
                index += 1
            }
        }
        return (.set(ranges, negated: negated), end + 1)
    }

    /// Whether the whole name matches. Time is at most the product of both lengths.
    package func matches(_ name: String) -> Bool {
        let scalars = Array(name.unicodeScalars)
        var token = 0
        var index = 0
        var retry: (token: Int, index: Int)?
        while index < scalars.count {
            if token < tokens.count, tokens[token] == .star {
                retry = (token + 1, index)
                token += 1
            } else if token < tokens.count, tokens[token].matches(scalars[index]) {
                token += 1
                index += 1
            } else if let last = retry {
                // The last star takes one more.
                retry = (last.token, last.index + 1)
                token = last.token
                index = last.index + 1
            } else {
                return false
            }
        }
        return tokens[token...].allSatisfy { $0 == .star }
    }
}

extension Glob.Token {
    fileprivate func matches(_ scalar: Unicode.Scalar) -> Bool {
        switch self {
        case .literal(let own): own == scalar
        case .any: true
        case .star: false
        case .set(let ranges, let negated): ranges.contains { $0.contains(scalar) } != negated
        }
    }
}
