import Logging
import Synchronization
import Testing

@testable import Agent

/// Log lines: one an event, whatever is in it.
struct LineLogHandlerTests {
    /// Keeps the lines.
    private final class Lines: Sendable {
        private let kept = Mutex<[String]>([])
        var all: [String] { kept.withLock { $0 } }

        func add(_ line: String) {
            kept.withLock { $0.append(line) }
        }
    }

    /// The lines that come of using a logger.
    private func lines(level: Logger.Level = .trace, _ use: (inout Logger) -> Void) -> [String] {
        let lines = Lines()
        var logger = Logger(label: "test") { _ in LineLogHandler(level: { level }, sink: { lines.add($0) }) }
        use(&logger)
        return lines.all
    }

    /// The one line of a message, without its time.
    private func line(_ message: String, _ metadata: Logger.Metadata = [:]) throws -> String {
        let lines = lines { $0.info("\(message)", metadata: metadata) }
        try #require(lines.count == 1)
        return String(lines[0].drop { $0 != " " }.dropFirst())
    }

    @Test func timeLevelMessageAndMetadataInTheKeysOrder() throws {
        let lines = lines { $0.notice("polled", metadata: ["samples": "12", "a": "x", "domains": "3"]) }
        let line = try #require(lines.first)
        #expect(lines.count == 1)
        let pattern =
            /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?Z notice polled a=x domains=3 samples=12\n/
        #expect(line.wholeMatch(of: pattern) != nil, "\(line)")
    }

    @Test(arguments: Logger.Level.allCases)
    func eachLevelIsNamed(level: Logger.Level) {
        let lines = lines { $0.log(level: level, "x") }
        #expect(lines.count == 1)
        #expect(lines.first?.contains("Z \(level.rawValue) x\n") == true)
    }

    @Test func eventsBelowTheLevelAreNotWritten() {
        let written = lines(level: .warning) { logger in
            for level in Logger.Level.allCases { logger.log(level: level, "\(level.rawValue)") }
        }
        #expect(written.count == 3)
    }

    /// A reload changes the level of loggers that are in use.
    @Test func theLevelIsAskedForEachTime() {
        let lines = Lines()
        let level = Mutex(Logger.Level.error)
        let logger = Logger(label: "test") { _ in
            LineLogHandler(level: { level.withLock { $0 } }, sink: { lines.add($0) })
        }
        logger.info("one")
        level.withLock { $0 = .info }
        logger.info("two")
        #expect(lines.all.count == 1)
        #expect(lines.all.first?.hasSuffix(" info two\n") == true)
    }

    @Test func theLoggersMetadataIsOnEveryLine() {
        let written = lines { logger in
            logger[metadataKey: "host"] = "compute-1"
            logger[metadataKey: "z"] = "logger"
            logger.info("one")
            logger.info("two", metadata: ["z": "event"])
        }
        #expect(
            written.map { String($0.drop { $0 != " " }) } == [
                " info one host=compute-1 z=logger\n", " info two host=compute-1 z=event\n",
            ])
    }

    @Test func controlCharactersMakeNoSecondLine() throws {
        let controls = (0x00...0x1F).map { UInt32($0) } + [0x7F]
        for value in controls {
            let control = try String(#require(Unicode.Scalar(value)))
            let line = try line("a\(control)b", ["k": "c\(control)d"])
            #expect(line == "info a b k=\"c d\"\n", "U+\(String(value, radix: 16))")
        }
        #expect(try line("a\r\nb") == "info a  b\n")
        #expect(try line("\u{1B}[2J") == "info  [2J\n")
    }

    /// C1 controls end lines (NEL) and begin terminal commands (CSI, ECMA-48) as their two-character forms do; Unicode's
    /// separators are line ends too.
    @Test(arguments: ["\u{85}", "\u{9B}", "\u{9D}", "\u{2028}", "\u{2029}"])
    func otherControlsAreNeutralised(control: String) throws {
        let line = try line("a\(control)b", ["k": "c\(control)d"])
        #expect(!line.unicodeScalars.dropLast().contains { control.unicodeScalars.contains($0) })
    }

    @Test(arguments: [
        ("plain", "plain"), ("ü/:-'", "ü/:-'"), ("", "\"\""), ("two words", "\"two words\""), ("a=b", "\"a=b\""),
        ("say \"x\"", "\"say 'x'\""), ("\"", "\"'\""), ("\t", "\" \""),
    ])
    func valuesAreQuotedWhereTheyMust(value: String, written: String) throws {
        #expect(try line("m", ["k": "\(value)"]) == "info m k=\(written)\n")
    }

    /// A combining mark behind a blank or a quote hides it from a comparison of characters.
    @Test(arguments: ["a \u{301}b=c", "a\"\u{301} b=c", "a=\u{301}b"])
    func aValueCannotBreakOutOfItsQuotes(value: String) throws {
        let line = try line("m", ["k": "\(value)"])
        let quotes = line.unicodeScalars.filter { $0 == "\"" }
        #expect(quotes.count == 2, "\(line)")
        #expect(line.unicodeScalars.dropLast().last == "\"")
    }

    @Test func nestedMetadataStaysOnOneLine() throws {
        let line = try line("m", ["k": .array(["a\nb", .dictionary(["x": "c\nd"])])])
        #expect(line.filter { $0.isNewline }.count == 1)
    }
}
