/// Rows of text in columns, for people.
struct TextTable {
    private let heads: [String]
    private let rows: [[String]]
    private let numbers: Set<Int>

    /// A table; the columns whose indexes are in `numbers` are aligned to the right.
    init(_ heads: [String], _ rows: [[String]], numbers: Set<Int>) {
        self.heads = heads
        self.rows = rows.map { $0.map(Self.printable) }
        self.numbers = numbers
    }

    /// The table, each line ending in a newline.
    var text: String {
        let widths = heads.indices.map { column in
            max(heads[column].count, rows.map { $0[column].count }.max() ?? 0)
        }
        func line(_ cells: [String]) -> String {
            var line = ""
            for (column, cell) in cells.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                if column == cells.count - 1, !numbers.contains(column) {
                    line += cell
                } else {
                    line += (numbers.contains(column) ? padding + cell : cell + padding) + "  "
                }
            }
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }
        return line(heads) + rows.map(line).joined()
    }

    /// What a tenant or a receiver chose must not control the operator's terminal.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
