import Testing

@testable import Configuration

@Suite struct IniErrorTests {
    private func errors(_ text: String) -> [String] {
        IniParser.parse(Array(text.utf8), file: "f").diagnostics.all.map(\.description)
    }

    @Test(arguments: [
        ("s=1\n", "f:1:1: error: expected a section before"),
        ("[DEFAULT\n", "f:1:9: error: expected ']'"),
        ("[DEFAULT] # x\n", "f:1:14: error: expected ']'"),
        ("[]\n", "f:1:2: error: expected a section's name"),
        ("[\n", "f:1:2: error: expected ']'"),
        ("[a]\nstray\n", "f:2:1: error: expected 'key = value'"),
        ("[a]\n-----BEGIN KEY-----\n", "f:2:1: error: expected 'key = value'"),
        ("[a]\n=b\n", "f:2:1: error: expected an option's name before '='"),
        ("[a]\n: b\n", "f:2:1: error: expected an option's name before ':'"),
        ("[a]\n s=1\n", "f:2:2: error: a line that begins with a space"),
        (" # x\n[a]", "f:1:2: error: a line that begins with a space"),
        ("  [a]\n", "f:1:3: error: a line that begins with a space"),
        ("[a]\ns=a\n\n b\n", "f:4:2: error: a line that begins with a space"),
        ("[a]\ns=a\n  \n\tb\n", "f:4:2: error: a line that begins with a space"),
        ("[a]\ns=a\n# c\n b\n", "f:4:2: error: a line that begins with a space"),
        ("[a]\n#s=1\n x\n", "f:3:2: error: a line that begins with a space"),
        ("[a]\ns=a\n\u{A0}b\n", "f:3:1: error: expected 'key = value'"),
        ("[a]\ns=1\u{0}\n", "f:2:4: error: expected text, but there is a NUL"),
    ])
    func aLineThatOsloRefusesIsAnErrorAtItsPlace(text: String, expected: String) {
        let errors = errors(text)
        #expect(errors.count == 1)
        #expect(errors.first?.hasPrefix(expected) == true, "\(errors)")
    }

    @Test func invalidUTF8IsToldWithItsColumn() {
        let bytes = Array("[a]\nk = é".utf8) + [0xFF, 0x0A] + Array("x\n".utf8)
        let told = IniParser.parse(bytes, file: "f").diagnostics.all.map(\.description)
        #expect(told.count == 2)
        #expect(told.first?.hasPrefix("f:2:6: error: expected UTF-8") == true)
        #expect(told.last?.hasPrefix("f:3:1: ") == true)
    }

    @Test func allErrorsOfAFileAreTold() {
        let text = "a=1\nb=2\n[ok]\nc=3\nstray\n more stray\n=x\n[bad\nd=4\n[]\ne=5\n[ok]\nf=6\n"
        let (document, diagnostics) = IniParser.parse(Array(text.utf8), file: "f")
        #expect(diagnostics.all.compactMap(\.location?.line) == [1, 5, 7, 8, 10])
        #expect(document.assignments.map(\.key) == ["c", "f"])
    }

    @Test func aHopelessFileIsGivenUp() {
        let told = errors(String(repeating: "stray\n", count: 5000))
        #expect(told.count == IniParser.errorLimit + 1)
        #expect(told.last?.contains("the rest of the file was not read") == true)
    }

    @Test func aBinaryFileMakesOneError() {
        let bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0] + [UInt8](repeating: 0xFE, count: 4096)
        #expect(IniParser.parse(bytes, file: "f").diagnostics.all.count == 1)
    }

    @Test func aLineIsNotRepeatedInItsError() {
        #expect(!errors("[a]\nhunter2\n=hunter2\n hunter2\n[hunter2\n").contains { $0.contains("hunter2") })
    }

    @Test(.timeLimit(.minutes(1)))
    func aLargeFileIsReadInGoodTime() {
        let line = Array("key = value\n".utf8)
        let bytes = Array("[a]\n".utf8) + Array(repeating: line, count: 20000).joined()
        #expect(IniParser.parse(bytes, file: "f").document.assignments.count == 20000)
    }
}
