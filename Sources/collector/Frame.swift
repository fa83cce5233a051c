/// One picture of the table on a terminal, which the next one replaces.
struct Frame: Hashable {
    /// What is shown, cut to the terminal.
    let lines: [String]

    /// A picture of those lines on a terminal of so many columns and lines. One line stays free for the cursor.
    init(_ lines: [String], columns: Int, lines height: Int) {
        let room = max(1, height - 1)
        var shown = lines.map { TerminalText.cut($0, to: columns) }
        if shown.count > room {
            let hidden = shown.count - (room - 1)
            shown.removeLast(hidden)
            shown.append(TerminalText.cut("… and \(hidden) more lines", to: columns))
        }
        self.lines = shown
    }

    /// What draws it over the picture before. `ESC [ n A` goes up, `ESC [ J` clears to the end (ECMA-48: CUU, ED).
    func drawing(over before: Frame?) -> String {
        let up = before.map { $0.lines.isEmpty ? "" : "\u{1B}[\($0.lines.count)A" } ?? ""
        return up + "\r\u{1B}[J" + lines.map { $0 + "\n" }.joined()
    }
}
