import Glibc
public import Logging

/// The form of log lines: time, level, message, and metadata as `key=value` in the keys' order.
enum LogLine {
    /// The line of an event, with its newline.
    static func text(
        _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata, _ style: LogStyle
    ) -> String {
        let time = style == .plain ? "\(WallClock.now)Z " : ""
        var line = "\(style.prefix(level))\(time)\(level.rawValue) \(oneLine(message))"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += " \(key)=\(quoted(oneLine("\(value)")))"
        }
        return line + "\n"
    }

    /// What came from outside must not make a second line, nor control the terminal.
    private static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? " " : $0 }))
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// By scalars: a combining mark behind a quote makes another character of it, but no other quote.
    private static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard scalars.isEmpty || scalars.contains(where: { $0 == " " || $0 == "\"" || $0 == "=" }) else { return text }
        let inner = String(String.UnicodeScalarView(scalars.map { $0 == "\"" ? "'" : $0 }))
        return "\"\(inner)\""
    }
}

/// How lines are written.
public enum LogStyle: Sendable {
    /// With the time, for files and terminals.
    case plain
    /// For systemd's journal, which keeps the time itself: the priority comes first (sd-daemon(3)).
    case journal

    /// The style for this process's standard error: the journal's if systemd has connected it to that.
    public static let ofStandardError: LogStyle = {
        var status = stat()
        guard let stream = getenv("JOURNAL_STREAM"), fstat(STDERR_FILENO, &status) == 0 else { return .plain }
        return LogStyle(journalStream: String(cString: stream), device: status.st_dev, inode: status.st_ino)
    }()

    /// The style for a descriptor of that device and inode, where systemd has set `JOURNAL_STREAM`.
    init(journalStream: String, device: dev_t, inode: ino_t) {
        self = journalStream == "\(device):\(inode)" ? .journal : .plain
    }

    /// What a line of that level begins with: its priority, as syslog(3) numbers them, or nothing.
    public func prefix(_ level: Logger.Level) -> String {
        guard self == .journal else { return "" }
        return switch level {
        case .trace, .debug: "<7>"
        case .info: "<6>"
        case .notice: "<5>"
        case .warning: "<4>"
        case .error: "<3>"
        case .critical: "<2>"
        }
    }
}
