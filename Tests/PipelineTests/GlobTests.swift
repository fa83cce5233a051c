import Fuzzing
import Telemetry
import Testing

@testable import Pipeline

@Suite struct GlobTests {
    @Test(
        arguments: [
            ("*", "", true), ("", "", true), ("", "a", false), ("?", "a", true), ("?", "", false),
            ("a*c", "abbc", true),
            ("a*c", "ab", false), ("[abc]", "b", true), ("[a-c]", "b", true), ("[!a-c]", "b", false),
            ("[!a-c]", "d", true), ("[]]", "]", true), ("[]a]", "a", true), ("[!]]", "]", false), ("[a", "[a", true),
            ("[", "[", true), ("[]", "[]", true), ("[!]", "[!]", true), ("[a-]", "-", true), ("[-a]", "-", true),
            ("[c-a]", "b", false), ("[!c-a]", "b", true), ("\\*", "\\x", true), ("a.c", "abc", false),
            ("CPU", "cpu", false), ("[^a]", "^", true), ("[a-c-e]", "-", true), ("[a-c-e]", "d", false),
            ("**a", "ba", true), ("*.bytes", "disk.read.bytes", true), ("é?", "éa", true), ("e?", "e\u{301}", true),
            ("*\n", "a\n", true), ("a", "a\n", false), ("[*]", "*", true), ("[?]", "x", false),
        ])
    func matchesAsPythonsFnmatch(pattern: String, name: String, expected: Bool) {
        #expect(Glob(pattern).matches(name) == expected)
    }

    @Test func agreesWithASlowMatcher() {
        var random = SplitMix(seed: 7)
        let letters = Array("ab.*?[]!-".unicodeScalars)
        let names = Array("ab.[]-!".unicodeScalars)
        var matches = 0
        for _ in 0..<20_000 {
            let pattern = random.text(of: letters, upTo: 7)
            let name = random.text(of: names, upTo: 5)
            let expected = slowMatch(Array(pattern.unicodeScalars)[...], Array(name.unicodeScalars)[...])
            #expect(Glob(pattern).matches(name) == expected, "\(pattern) \(name)")
            if expected { matches += 1 }
        }
        #expect(matches > 1000)
    }

    @Test func manyStarsTakeNoTime() {
        #expect(!Glob(String(repeating: "*a", count: 500) + "b").matches(String(repeating: "a", count: 2000)))
    }

    /// `fnmatch`'s rules by plain recursion, one character at a time.
    private func slowMatch(_ pattern: ArraySlice<Unicode.Scalar>, _ name: ArraySlice<Unicode.Scalar>) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        let rest = pattern.dropFirst()
        if first == "*" {
            return slowMatch(rest, name) || !name.isEmpty && slowMatch(pattern, name.dropFirst())
        }
        guard let letter = name.first else { return false }
        if first == "[", let (holds, after) = set(rest, letter) {
            return holds && slowMatch(after, name.dropFirst())
        }
        return (first == "?" || first == letter) && slowMatch(rest, name.dropFirst())
    }

    /// Whether the set that begins here holds a letter, and what follows it; `nil` if it is never closed.
    private func set(
        _ text: ArraySlice<Unicode.Scalar>, _ letter: Unicode.Scalar
    ) -> (holds: Bool, after: ArraySlice<Unicode.Scalar>)? {
        var members: [Unicode.Scalar] = []
        var rest = text
        let isNegated = rest.first == "!"
        if isNegated { rest = rest.dropFirst() }
        repeat {
            guard let next = rest.popFirst() else { return nil }
            members.append(next)
        } while rest.first != "]"
        var holds = false
        var index = 0
        while index < members.count {
            if index + 2 < members.count, members[index + 1] == "-" {
                if members[index] <= letter, letter <= members[index + 2] { holds = true }
                index += 3
            } else {
                if members[index] == letter { holds = true }
                index += 1
            }
        }
        return (holds != isNegated, rest.dropFirst())
    }
}

extension SplitMix {
    mutating func text(of letters: [Unicode.Scalar], upTo length: Int) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...length, using: &self) {
            text.append(letters[Int.random(in: 0..<letters.count, using: &self)])
        }
        return String(text)
    }
}
