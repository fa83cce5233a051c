import Synchronization
import TestServers
import Testing

@testable import Agent

/// The age of the last poll, whatever holds the next up.
struct PollWatchTests {
    private let clock = ManualClock()

    @Test func aPollThatIsNotCompletedIsAProblem() {
        let watch = PollWatch(now: { [clock] in clock.now })
        #expect(watch.problem == nil)
        watch.expect(after: .seconds(10), interval: 10)
        clock.advance(by: .milliseconds(24_999))
        #expect(watch.problem == nil)
        clock.advance(by: .milliseconds(1))
        #expect(
            watch.problem?.hasPrefix("no poll has been completed for 25 s, and one is due every 10 s;") == true,
            "\(watch.problem ?? "none")")
        clock.advance(by: .seconds(100))
        #expect(watch.problem?.contains("for 125 s") == true)
        watch.expect(after: .seconds(5), interval: 300)
        #expect(watch.problem == nil)
        clock.advance(by: .seconds(309))
        #expect(watch.problem == nil)
        clock.advance(by: .seconds(1))
        #expect(watch.problem != nil)
        watch.end()
        #expect(watch.problem == nil)
    }

    /// A poll that was due before is late by that much.
    @Test func whatIsOverdueAtOnceHasItsInterval() {
        let watch = PollWatch(now: { [clock] in clock.now })
        watch.expect(after: .seconds(-3), interval: 1)
        clock.advance(by: .milliseconds(5999))
        #expect(watch.problem == nil)
        clock.advance(by: .milliseconds(1))
        #expect(watch.problem != nil)
    }
}
