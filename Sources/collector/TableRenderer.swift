/// The table as lines of text.
struct TableRenderer {
    /// The terminal's columns; `nil` for lines without a limit.
    var width: Int?

    private struct Column {
        var title: String
        var limit: Int
        var right = false
    }

    private static let columns = [
        Column(title: "INSTANCE", limit: 32), Column(title: "UUID", limit: 8), Column(title: "PROJECT", limit: 16),
        Column(title: "MEMORY", limit: 12, right: true), Column(title: "USAGE", limit: 12, right: true),
        Column(title: "RESIDENT", limit: 12, right: true), Column(title: "AGE", limit: 8, right: true),
    ]
    private static let lastTitle = "WHY A FIGURE IS MISSING"
    /// What the reasons need to have a column; with less they stand below their row.
    private static let narrowest = 36

    /// The heading and the rows.
    func lines(_ rows: [InstanceRow]) -> [String] {
        let cells = rows.map(Self.cells)
        let widths = Self.columns.enumerated().map { index, column in
            cells.map { TerminalText.width($0[index]) }.reduce(TerminalText.width(column.title), max)
        }
        var lines: [String] = []
        let offset = widths.reduce(0) { $0 + $1 + 2 }
        let room = width.map { max(1, $0 - offset) }
        let beside = room.map { $0 >= Self.narrowest } ?? true
        lines.append(line(Self.columns.map(\.title), widths) + (beside ? "  \(Self.lastTitle)" : ""))
        for (row, cells) in zip(rows, cells) {
            var line = line(cells, widths)
            let why = Self.why(row)
            let indent = beside ? offset : 4
            var parts = width.map { TerminalText.wrap(why, to: max(1, $0 - indent)) } ?? (why.isEmpty ? [] : [why])
            if beside, let first = parts.first {
                line = TerminalText.pad(line, to: offset) + first
                parts.removeFirst()
            }
            lines.append(line)
            lines += parts.map { String(repeating: " ", count: indent) + $0 }
        }
        guard let width else { return lines }
        return lines.map { TerminalText.cut($0, to: width) }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        zip(zip(cells, widths), Self.columns)
            .map { TerminalText.pad($0.0, to: $0.1, right: $1.right) }
            .joined(separator: "  ")
    }

    private static func cells(_ row: InstanceRow) -> [String] {
        let texts = [
            row.name ?? "-", String(row.uuid.prefix(8)), row.project.map(project) ?? "-",
            row.figures[.memory].map(mebibytes) ?? "-", row.figures[.usage].map(mebibytes) ?? "-",
            row.figures[.resident].map(mebibytes) ?? "-", row.age.map(age) ?? "-",
        ]
        return zip(texts, columns).map { TerminalText.cut(TerminalText.printable($0), to: $1.limit) }
    }

    /// A project's name, or the beginning of its id (32 hexadecimal digits).
    private static func project(_ text: String) -> String {
        text.utf8.count == 32 && text.allSatisfy(\.isHexDigit) ? String(text.prefix(8)) : text
    }

    /// Meters that are missing for one reason stand together.
    private static func why(_ row: InstanceRow) -> String {
        var reasons: [String] = []
        for missing in row.missing where !reasons.contains(missing.reason) { reasons.append(missing.reason) }
        let parts = reasons.map { reason in
            let meters = row.missing.filter { $0.reason == reason }.map(\.meter.rawValue)
            return "\(meters.joined(separator: ", ")): \(reason)"
        }
        return TerminalText.printable(parts.joined(separator: "; "))
    }

    /// A figure with one decimal place.
    static func mebibytes(_ value: Double) -> String {
        guard let tenths = Int64(exactly: (value * 10).rounded()) else { return "\(value)" }
        return "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
    }

    /// Seconds in the unit that keeps the number short. Below 0 if the sender's clock is ahead.
    static func age(_ seconds: Double) -> String {
        guard let whole = Int64(exactly: seconds.rounded(.towardZero)) else { return "-" }
        switch whole {
        case ..<120: return "\(whole) s"
        case ..<7200: return "\(whole / 60) min"
        case ..<172_800: return "\(whole / 3600) h"
        default: return "\(whole / 86_400) d"
        }
    }
}
