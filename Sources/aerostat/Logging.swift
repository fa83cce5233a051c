import Agent
import Configuration
import Logging
import Synchronization

/// The program's log.
enum Logging {
    private static let level = Mutex(Logger.Level.info)
    private static let logger = Mutex<Logger?>(nil)

    /// Begins to log on standard error, which from now on nobody waits for. To be called once.
    static func start() -> Logger {
        LoggingSystem.bootstrap { _ in LineLogHandler(level: { Self.level.withLock { $0 } }) }
        let new = Logger(label: "aerostat")
        logger.withLock { $0 = new }
        return new
    }

    /// The log, if it was started.
    static var started: Logger? { logger.withLock { $0 } }

    /// Changes from which level on events are written.
    static func setLevel(_ new: LogLevel) {
        // The names are swift-log's own.
        level.withLock { $0 = Logger.Level(rawValue: new.rawValue) ?? .info }
    }

    /// Writes a line that is told whatever the level of the log, and in its own form.
    static func write(_ line: String, _ level: Logger.Level) {
        LogOutput.standardError.write(LogStyle.ofStandardError.prefix(level) + line + "\n")
    }
}

extension Logger {
    /// Writes nothing: for commands whose standard error is for their user.
    static var quiet: Logger { Logger(label: "aerostat") { _ in SwiftLogNoOpLogHandler() } }
}
