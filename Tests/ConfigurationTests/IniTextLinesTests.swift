import Testing

@testable import Configuration

@Suite struct IniTextLinesTests {
    private func lines(_ bytes: [UInt8]) -> [String] {
        TextLines(bytes).map { String($0.scalars[...]) }
    }

    @Test(arguments: ["a\nb\nc", "a\r\nb\r\nc", "a\rb\rc\r", "a\nb\rc\r\n"])
    func linesEndAsPythonEndsThem(text: String) {
        #expect(lines(Array(text.utf8)) == ["a", "b", "c"])
    }

    @Test func emptyLinesCount() {
        #expect(TextLines(Array("\n\r\n\r\nx".utf8)).map(\.number) == [1, 2, 3, 4])
        #expect(lines([]) == [])
    }

    @Test func otherSeparatorsDoNotEndLines() {
        #expect(lines(Array("a\u{B}b\u{C}c\u{85}d\u{2028}e".utf8)).count == 1)
    }

    @Test func aByteOrderMarkIsSkippedAtTheStartOnly() {
        #expect(lines(Array("\u{FEFF}a\n\u{FEFF}b".utf8)) == ["a", "\u{FEFF}b"])
    }

    @Test(
        arguments: [
            [0x61, 0xFF], [0x61, 0xC3], [0x61, 0xC0, 0x80], [0x61, 0xED, 0xA0, 0x80], [0x61, 0xF5, 0x80, 0x80, 0x80],
            [0x61, 0x80],
        ] as [[UInt8]])
    func whatIsNotUTF8IsAFaultOfItsLineOnly(bytes: [UInt8]) {
        let lines = Array(TextLines(bytes + Array("\nok".utf8)))
        #expect(lines.map(\.number) == [1, 2])
        #expect(lines[0].fault == .encoding)
        #expect(lines[0].scalars == ["a"])
        #expect(lines[1].fault == nil)
    }

    @Test func nothingIsReadBehindANUL() {
        let lines = Array(TextLines(Array("a\nbc\0d\ne".utf8)))
        #expect(lines.map(\.fault) == [nil, .nul])
        #expect(lines[1].scalars.count == 2)
    }

    @Test(arguments: [[0xFF, 0xFE, 0x5B, 0x00], [0xFE, 0xFF, 0x00, 0x5B]] as [[UInt8]])
    func utf16IsNamed(bytes: [UInt8]) {
        #expect(TextLines(bytes).map(\.fault) == [.utf16])
    }
}
