import Fuzzing
import Testing

@testable import Configuration

/// Values as oslo.config 10.7 reads them (each was run through it).
@Suite struct IniParserTests {
    private func values(_ body: String) -> [String] {
        let (document, diagnostics) = IniParser.parse(Array("[DEFAULT]\n\(body)".utf8), file: "f")
        #expect(diagnostics.all == [])
        return document.assignments.map(\.value)
    }

    @Test(arguments: [
        ("s=1\n", "1"), ("s = 1", "1"), ("s: 1", "1"), ("s:a=b", "a=b"), ("s=a:b", "a:b"), ("s =", ""),
        ("s=a # b", "a # b"), ("s=a ; b", "a ; b"), ("s=\u{A0}a\u{A0}", "a"), ("s\u{3000}=a", "a"),
        ("s=a\u{C}b", "a\u{C}b"), ("s=a\u{2028}b=c", "a\u{2028}b=c"), ("s=a\u{1F}", "a"),
        ("s=\"a b\"", "a b"), ("s='a'", "a"), ("s=\" a \"", " a "), ("s=\"\"", ""), ("s=\"", ""), ("s='a\"", "'a\""),
        ("s=\"a\" b", "\"a\" b"), ("s=a\\\n b", "a\\\nb"), ("s='a'\n b", "a\nb"), ("s=\"a\n b\"", "\"a\nb\""),
        ("s=\n b\n\tc", "\nb\nc"), ("s=a\n   b  \n", "a\nb"), ("s=a\n # no comment", "a\n# no comment"),
        ("\u{A0}s=b", "b"), ("s=\u{301}", "\u{301}"),
    ])
    func aValueIsWhatOsloMakesOfIt(body: String, expected: String) {
        #expect(values(body).map { Array($0.unicodeScalars) } == [Array(expected.unicodeScalars)])
    }

    @Test func commentsAndBlankLinesAreNothing() {
        #expect(values("# c\n; c\n\n   \n#s=1\n") == [])
    }

    @Test func everyAssignmentIsKeptInOrder() {
        let text = "[a]\nk=1\nk=2\n[B c]\nk=3\n[a]\nk=4\n[[x]]\nk=5"
        let (document, diagnostics) = IniParser.parse(Array(text.utf8), file: "f")
        #expect(diagnostics.all == [])
        #expect(document.assignments.map(\.value) == ["1", "2", "3", "4", "5"])
        #expect(document.assignments.map(\.section) == ["a", "a", "B c", "a", "[x]"])
        #expect(document.sections.map(\.name) == ["a", "B c", "a", "[x]"])
    }

    @Test func placesAreExact() throws {
        let text = "\u{FEFF}[DEFAULT]\r\n\r\nkey  =  'v'\r\nempty =\r\n é : x\u{301}y\r\n"
        let (document, _) = IniParser.parse(Array(text.utf8), file: "dir/f")
        #expect(document.sections[0].location.description == "dir/f:1:1")
        #expect(document.assignments.map(\.location.description) == ["dir/f:3:1", "dir/f:4:1"])
        #expect(document.assignments.map(\.valueLocation.description) == ["dir/f:3:9", "dir/f:4:8"])
    }

    /// What was generated is what is read, whatever the line ends, delimiters and padding.
    @Test(arguments: 0..<60)
    func generatedFilesComeBack(seed: Int) {
        var random = SplitMix(seed: seed)
        let end = ["\n", "\r\n", "\r"].randomElement(using: &random) ?? ""
        var text = Bool.random(using: &random) ? "\u{FEFF}" : ""
        var expected: [[String]] = []
        var section = ""
        for index in 0..<Int.random(in: 1...30, using: &random) {
            if index == 0 || Int.random(in: 0..<4, using: &random) == 0 {
                section = "g\(Int.random(in: 0..<5, using: &random))"
                text += "[\(section)]\(end)"
            }
            let key = "k\(Int.random(in: 0..<9, using: &random))"
            let lines = (0..<Int.random(in: 1...3, using: &random)).map { _ in word(&random) }
            let pad = String(repeating: " ", count: Int.random(in: 0...2, using: &random))
            text += key + pad + (Bool.random(using: &random) ? "=" : ":") + pad
            text += lines.joined(separator: "\(end) \t\(pad)") + pad + end
            if Bool.random(using: &random) { text += ["", "# x = y", "; [z]"].randomElement(using: &random) ?? "" }
            if !text.hasSuffix(end) { text += end }
            expected.append([section, key, lines.joined(separator: "\n")])
        }
        let (document, diagnostics) = IniParser.parse(Array(text.utf8), file: "f")
        #expect(diagnostics.all == [])
        #expect(document.assignments.map { [$0.section, $0.key, $0.value] } == expected)
    }

    private func word(_ random: inout SplitMix) -> String {
        let letters: [Unicode.Scalar] = ["a", "=", ":", "#", ";", "[", "]", "$", "\\", "é", "日", "\u{1F600}", "'", ","]
        var word = "x"
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            word.unicodeScalars.append(letters.randomElement(using: &random) ?? "y")
        }
        return word
    }

    /// Whatever the bytes, the parser ends, and places lie in the text.
    @Test(arguments: 0..<200)
    func anyBytesAreReadOrRefused(seed: Int) {
        var random = SplitMix(seed: seed)
        let alphabet: [UInt8] = Array("[]=: \t\n\r#;'\"ab$".utf8) + [0xC3, 0xA9, 0xFF, 0xEF]
        let bytes = (0..<200).map { _ in alphabet.randomElement(using: &random) ?? 0 }
        let (document, diagnostics) = IniParser.parse(bytes, file: "f")
        let places = document.assignments.map(\.valueLocation) + diagnostics.all.compactMap(\.location)
        #expect(places.allSatisfy { (1...201).contains($0.line) && (1...201).contains($0.column) })
        #expect(diagnostics.all.allSatisfy { $0.location != nil && $0.severity == .error })
    }
}
