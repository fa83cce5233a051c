import Testing

@testable import collector

@Suite struct FrameTests {
    @Test func aFrameClearsTheOneBefore() {
        let first = Frame(["a", "b", "c"], columns: 80, lines: 24)
        #expect(first.drawing(over: nil) == "\r\u{1B}[Ja\nb\nc\n")
        #expect(Frame(["d"], columns: 80, lines: 24).drawing(over: first) == "\u{1B}[3A\r\u{1B}[Jd\n")
    }

    @Test func aFrameIsNeverLargerThanTheTerminal() {
        let frame = Frame((1...30).map { "line \($0)" }, columns: 5, lines: 10)
        #expect(frame.lines.count == 9)
        #expect(frame.lines.first == "line…")
        #expect(frame.lines.last == "… an…")
        #expect(Frame((1...30).map(String.init), columns: 80, lines: 10).lines.last == "… and 22 more lines")
    }
}
