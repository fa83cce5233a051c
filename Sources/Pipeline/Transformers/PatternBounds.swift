/// Whether a regular expression is sure to be done in time. Matching goes back and tries again, and there are short
/// patterns, such as `(a+)+b`, whose time doubles with each letter of a name. What transformers need has none of it.
enum PatternBounds {
    /// The longest pattern, in characters.
    static let longest = 500
    /// How many repetitions and options (`*`, `+`, `?`, `{…}`) it may have.
    static let repetitions = 4
    /// How many ways through its alternatives there may be.
    static let ways = 10_000

    private struct Group {
        var alternatives = 1
        /// Whether there is more than one way through it.
        var isManifold = false
    }

    /// Why a pattern is not taken; `nil` if it is.
    static func problem(of pattern: String) -> String? {
        let scalars = Array(pattern.unicodeScalars)
        guard scalars.count <= longest else { return "is too long; expected at most \(longest) characters" }
        var groups = [Group()]
        var found = 0
        var ways = 1
        var index = 0
        /// The group that was closed just before, if a repetition would be one of it.
        var closed: Group?
        while index < scalars.count {
            let last = closed
            closed = nil
            switch scalars[index] {
            case "\\": index += 1
            case "[": index = end(ofSetAt: index, in: scalars)
            case "(":
                groups.append(Group())
                // The mark of a special group is no option.
                if index + 1 < scalars.count, scalars[index + 1] == "?" { index += 2 }
            case ")" where groups.count > 1:
                let group = groups.removeLast()
                ways = min(ways * group.alternatives, Self.ways + 1)
                let isManifold = group.isManifold || group.alternatives > 1
                if isManifold { groups[groups.count - 1].isManifold = true }
                closed = Group(alternatives: group.alternatives, isManifold: isManifold)
            case "|": groups[groups.count - 1].alternatives += 1
            case "*", "+", "{", "?":
                if scalars[index] != "?", last?.isManifold == true {
                    return "repeats a group in which there are alternatives or repetitions; expected none, as matching "
                        + "it can take for ever"
                }
                found += 1
                groups[groups.count - 1].isManifold = true
                if scalars[index] == "{" { while index < scalars.count, scalars[index] != "}" { index += 1 } }
                // What makes it lazy or possessive is no further one.
                if index + 1 < scalars.count, scalars[index + 1] == "?" || scalars[index + 1] == "+" { index += 1 }
            default: break
            }
            index += 1
        }
        for group in groups { ways = min(ways * group.alternatives, Self.ways + 1) }
        if found > repetitions { return "has \(found) repetitions and options; expected at most \(repetitions)" }
        if ways > Self.ways { return "has too many alternatives; expected at most \(Self.ways) ways through them" }
        return nil
    }

    /// The index of the bracket that closes a set of characters.
    private static func end(ofSetAt start: Int, in scalars: [Unicode.Scalar]) -> Int {
        var index = start + 1
        if index < scalars.count, scalars[index] == "^" { index += 1 }
        // A closing bracket in the first place is a member.
        if index < scalars.count, scalars[index] == "]" { index += 1 }
        while index < scalars.count, scalars[index] != "]" { index += scalars[index] == "\\" ? 2 : 1 }
        return index
    }
}
