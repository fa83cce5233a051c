import Testing

@testable import Agent

/// A condition that lasts is told when it begins, every hour, and when it ends.
struct ConditionLogTests {
    @Test func itIsToldWhenItBegins() {
        var log = ConditionLog()
        #expect(log.hold("libvirt", "no socket", at: .seconds(5)) == .began("no socket"))
        #expect(log.hold("libvirt", "no socket", at: .seconds(5)) == nil)
        #expect(log.hold("libvirt", "no socket", at: .seconds(3604)) == nil)
    }

    /// A host that has no route any more, and whose password is wrong when it has one again.
    @Test func anotherCauseIsTold() {
        var log = ConditionLog()
        _ = log.hold("delivery", "no route, try 1", at: .seconds(5))
        #expect(log.hold("delivery", "no route, try 22", at: .seconds(500)) == nil)
        #expect(
            log.hold("delivery", "HTTP 401", at: .seconds(600))
                == .changed("HTTP 401", for: .seconds(595), count: 3))
        #expect(log.hold("delivery", "HTTP 403", at: .seconds(700)) == nil, "the numbers alone are others")
        _ = log.clear("delivery", at: .seconds(800))
        #expect(log.hold("delivery", "HTTP 401", at: .seconds(900)) == .began("HTTP 401"))
    }

    /// Causes that take turns are told once each, and new ones at most one a minute.
    @Test func causesMakeNoFlood() {
        var log = ConditionLog()
        let words = ["reset", "refused", "time-out"]
        let lines = (0..<3500).compactMap { log.hold("delivery", words[$0 % 3], at: .seconds($0)) }
        #expect(lines.count == 3)
        var endless = ConditionLog()
        let many = (0..<3500).compactMap {
            endless.hold("delivery", String(repeating: "x", count: $0), at: .seconds($0))
        }
        #expect(many.count <= 20)
    }

    @Test func itIsToldEveryHour() {
        var log = ConditionLog()
        _ = log.hold("libvirt", "no socket", at: .seconds(5))
        _ = log.hold("libvirt", "no socket", at: .seconds(1000))
        #expect(
            log.hold("libvirt", "timed out", at: .seconds(3605))
                == .lasts("timed out", for: .seconds(3600), count: 3))
        #expect(log.hold("libvirt", "timed out", at: .seconds(7204)) == nil, "it was told with the hour")
        #expect(
            log.hold("libvirt", "timed out", at: .seconds(7205))
                == .lasts("timed out", for: .seconds(7200), count: 5))
    }

    /// Met every 10 s for a day: a line when it begins, and 24 for its hours.
    @Test func aDayIsTwentyFiveLines() {
        var log = ConditionLog()
        let lines = stride(from: 0, through: 86_400, by: 10).compactMap { log.hold("disk", "full", at: .seconds($0)) }
        #expect(lines.count == 25)
    }

    @Test func itsEndIsToldOnce() {
        var log = ConditionLog()
        #expect(log.clear("libvirt", at: .seconds(1)) == nil)
        _ = log.hold("libvirt", "no socket", at: .seconds(5))
        _ = log.hold("libvirt", "no socket", at: .seconds(10))
        #expect(log.clear("libvirt", at: .seconds(25)) == .ended(after: .seconds(20), count: 2))
        #expect(log.clear("libvirt", at: .seconds(26)) == nil)
        #expect(log.hold("libvirt", "no socket", at: .seconds(30)) == .began("no socket"))
    }

    @Test func conditionsDoNotMeet() {
        var log = ConditionLog()
        #expect(log.hold("a", "one", at: .zero) == .began("one"))
        #expect(log.hold("b", "two", at: .seconds(1)) == .began("two"))
        #expect(log.current == ["a": "one", "b": "two"])
        #expect(log.clear("a", at: .seconds(2)) == .ended(after: .seconds(2), count: 1))
        #expect(log.current == ["b": "two"])
        #expect(log.clear("b", at: .seconds(3)) == .ended(after: .seconds(2), count: 1))
        #expect(log.current.isEmpty)
    }

    /// The status endpoint tells what is wrong now, however seldom the log does.
    @Test func theWordsAreTheLatest() {
        var log = ConditionLog()
        _ = log.hold("libvirt", "no socket", at: .zero)
        _ = log.hold("libvirt", "timed out", at: .seconds(10))
        #expect(log.current == ["libvirt": "timed out"])
    }
}
