import Agent
import Configuration
import Logging
import Synchronization

/// The program's log.
enum Logging {
    private static let level = Mutex(Logger.Level.info)

    /// Begins to log on standard error. To be called once.
    static func start(level: LogLevel) -> Logger {
        setLevel(level)
        LoggingSystem.bootstrap { _ in LineLogHandler(level: { Self.level.withLock { $0 } }) }
        return Logger(label: "aerostat")
    }

    /// Changes from which level on events are written.
    static func setLevel(_ new: LogLevel) {
        // The names are swift-log's own.
        level.withLock { $0 = Logger.Level(rawValue: new.rawValue) ?? .info }
    }
}

extension Logger {
    /// Writes nothing: for commands whose standard error is for their user.
    static var quiet: Logger { Logger(label: "aerostat") { _ in SwiftLogNoOpLogHandler() } }
}
