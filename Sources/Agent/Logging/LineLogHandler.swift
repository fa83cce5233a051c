public import Logging
import Telemetry

/// Writes one line an event on standard error: time, level, message, and metadata as `key=value` in the keys' order.
/// Under systemd the line begins with its priority in place of the time.
public struct LineLogHandler: LogHandler {
    /// Events below this level are not written. It is asked for each time, as a reload may change it.
    public var logLevel: Logger.Level {
        get { level() }
        set { level = { newValue } }
    }
    private var level: @Sendable () -> Logger.Level
    /// What every line of this logger carries.
    public var metadata: Logger.Metadata = [:]
    private let style: LogStyle
    private let sink: @Sendable (String) -> Void

    /// A handler that writes on standard error events of `level` and above, and waits for no reader.
    public init(level: @escaping @Sendable () -> Logger.Level) {
        self.init(level: level, style: .ofStandardError, sink: { LogOutput.standardError.write($0) })
    }

    /// A handler that gives each line, with its newline, to `sink`.
    init(
        level: @escaping @Sendable () -> Logger.Level, style: LogStyle = .plain,
        sink: @escaping @Sendable (String) -> Void
    ) {
        self.level = level
        self.style = style
        self.sink = sink
    }

    /// One value of `metadata`.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one event.
    public func log(event: LogEvent) {
        sink(
            Self.line(event.level, "\(event.message)", metadata.merging(event.metadata ?? [:]) { $1 }, style))
    }

    /// The line of an event, with its newline.
    static func line(
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
