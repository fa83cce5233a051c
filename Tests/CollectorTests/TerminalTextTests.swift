import Testing

@testable import collector

@Suite struct TerminalTextTests {
    @Test(arguments: [("web-1", 5), ("Zürich", 6), ("サーバ", 6), ("😀", 2), ("e\u{301}", 1), ("", 0)])
    func widths(text: String, columns: Int) {
        #expect(TerminalText.width(text) == columns)
    }

    @Test func whatIsTooLongIsCut() {
        #expect(TerminalText.cut("server", to: 6) == "server")
        #expect(TerminalText.cut("server", to: 5) == "serv…")
        #expect(TerminalText.cut("サーバ", to: 5) == "サー…")
        #expect(TerminalText.cut("サーバ", to: 4) == "サ…")
    }

    @Test func paddingCountsColumns() {
        #expect(TerminalText.pad("サ", to: 4) == "サ  ")
        #expect(TerminalText.pad("7", to: 3, right: true) == "  7")
        #expect(TerminalText.pad("long", to: 2) == "long")
    }

    @Test func linesBreakAtBlanks() {
        #expect(TerminalText.wrap("one two three", to: 7) == ["one two", "three"])
        #expect(TerminalText.wrap("one incomprehensible two", to: 6) == ["one", "incom…", "two"])
        #expect(TerminalText.wrap("", to: 5).isEmpty)
    }
}
