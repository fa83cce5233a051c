import Glibc
import Logging
import Synchronization
import Testing

@testable import Agent

/// Log lines wait for a reader that stalls, and nobody waits for them.
@Suite(.timeLimit(.minutes(1)))
struct LogOutputTests {
    /// A reader that takes a line only when it is let.
    private final class Reader: Sendable {
        private let state = Mutex((isOpen: false, lines: [String]()))

        var lines: [String] { state.withLock { $0.lines } }

        func open() { state.withLock { $0.isOpen = true } }

        func take(_ line: String) {
            while !state.withLock({ $0.isOpen }) { usleep(1000) }
            state.withLock { $0.lines.append(line) }
        }
    }

    private let reader = Reader()

    private func output(limit: Int) -> LogOutput {
        LogOutput(limit: limit, write: { [reader] in reader.take($0) }, note: { "dropped \($0)\n" })
    }

    @Test func linesComeInOrder() async {
        let output = output(limit: 10_000)
        reader.open()
        for number in 0..<100 { output.write("\(number)\n") }
        await output.flush(within: .seconds(30))
        #expect(reader.lines == (0..<100).map { "\($0)\n" })
    }

    /// What does not fit is dropped, and told in its place when the reader goes on.
    @Test func aReaderThatStallsCostsLinesAndIsTold() async {
        let output = output(limit: 40)
        for number in 10..<60 { output.write("\(number) 4567 9\n") }
        #expect(reader.lines.isEmpty)
        reader.open()
        await output.flush(within: .seconds(30))
        // The note is begun by the thread that has written the last line.
        await output.flush(within: .seconds(30))
        #expect(reader.lines == ["10 4567 9\n", "11 4567 9\n", "12 4567 9\n", "13 4567 9\n", "dropped 46\n"])
        output.write("after\n")
        await output.flush(within: .seconds(30))
        #expect(reader.lines.last == "after\n")
    }

    @Test func aFlushIsBounded() async {
        let output = output(limit: 1000)
        output.write("line\n")
        await output.flush(within: .milliseconds(20))
        output.flushBlocking(within: .milliseconds(20))
        #expect(reader.lines.isEmpty)
        reader.open()
        output.flushBlocking(within: .seconds(30))
        #expect(reader.lines == ["line\n"])
    }

    @Test func theJournalGetsPriorities() {
        #expect(LogStyle(journalStream: "8:123", device: 8, inode: 123) == .journal)
        for other in ["8:124", "9:123", "", "8"] {
            #expect(LogStyle(journalStream: other, device: 8, inode: 123) == .plain)
        }
        let line = LogLine.text(.warning, "a\nb", ["k": "v w"], .journal)
        #expect(line == "<4>warning a b k=\"v w\"\n")
        let priorities = Logger.Level.allCases.map { LogStyle.journal.prefix($0) }
        #expect(priorities == ["<7>", "<7>", "<6>", "<5>", "<4>", "<3>", "<2>"])
        #expect(LogStyle.plain.prefix(.error) == "")
    }
}
