public import Logging
import FoundationEssentials
import Glibc
import Telemetry

/// Writes one line an event on standard error: time, level, message, and metadata as `key=value` in the keys' order.
public struct LineLogHandler: LogHandler {
    /// Events below this level are not written. It is asked for each time, as a reload may change it.
    public var logLevel: Logger.Level {
        get { level() }
        set { level = { newValue } }
    }
    private var level: @Sendable () -> Logger.Level
    /// What every line of this logger carries.
    public var metadata: Logger.Metadata = [:]
    private let sink: @Sendable (String) -> Void

    /// A handler that writes on standard error events of `level` and above.
    public init(level: @escaping @Sendable () -> Logger.Level) {
        self.init(level: level, sink: LineLogHandler.standardError)
    }

    /// A handler that gives each line, with its newline, to `sink`.
    init(level: @escaping @Sendable () -> Logger.Level, sink: @escaping @Sendable (String) -> Void) {
        self.level = level
        self.sink = sink
    }

    /// One value of `metadata`.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one event.
    public func log(event: LogEvent) {
        var line = "\(WallClock.now)Z \(event.level.rawValue) \(Self.oneLine("\(event.message)"))"
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            line += " \(key)=\(Self.quoted(Self.oneLine("\(value)")))"
        }
        sink(line + "\n")
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

    private static let standardError: @Sendable (String) -> Void = { line in
        var line = line
        // One call a line, so that lines of several threads do not mix. There is nobody to tell of a failure.
        line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
