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
            LogLine.text(event.level, "\(event.message)", metadata.merging(event.metadata ?? [:]) { $1 }, style))
    }
}
