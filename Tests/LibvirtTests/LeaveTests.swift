import Testing

@testable import Libvirt

/// A process ends in the midst of no change of its subscriptions, and waits for no more than that.
@Suite(.timeLimit(.minutes(1))) struct LeaveTests {
    private let long = Duration.seconds(50)

    @Test func nothingIsWaitedForWhereNothingIsUnderWay() async {
        let leave = Leave()
        #expect(await leave.closed(within: long))
        #expect(await leave.take(within: long))
    }

    @Test func whatIsUnderWayIsWaitedFor() async {
        let leave = Leave()
        #expect(leave.beginChanges())
        #expect(leave.beginChanges())
        async let taken = leave.take(within: long)
        // Whether that has begun to wait or not.
        leave.endChanges()
        leave.endChanges()
        #expect(await taken)
    }

    @Test func closingIsWaitedForByAll() async {
        let leave = Leave()
        #expect(leave.beginClosing())
        async let first = leave.closed(within: long)
        async let second = leave.closed(within: long)
        leave.endClosing()
        #expect(await first)
        #expect(await second)
    }

    @Test func aHangingDaemonIsNotWaitedForForEver() async {
        let leave = Leave()
        #expect(leave.beginClosing())
        #expect(await !leave.closed(within: .milliseconds(20)))
        #expect(leave.beginChanges())
        #expect(await !leave.take(within: .milliseconds(20)))
        // What ends after all has nobody to tell.
        leave.endChanges()
        leave.endClosing()
        #expect(await leave.closed(within: long))
    }

    @Test func nothingIsBegunAfterIt() async {
        let leave = Leave()
        #expect(await leave.take(within: long))
        #expect(!leave.beginChanges())
        #expect(!leave.beginClosing())
        // Who was refused has nothing to end.
        #expect(await leave.take(within: long))
    }

    @Test func manyAtOnce() async {
        let leave = Leave()
        await withTaskGroup { group in
            for _ in 0..<500 {
                group.addTask {
                    guard leave.beginChanges() else { return }
                    await Task.yield()
                    leave.endChanges()
                }
                group.addTask {
                    guard leave.beginClosing() else { return }
                    await Task.yield()
                    leave.endClosing()
                }
            }
            group.addTask { _ = await leave.take(within: .seconds(50)) }
        }
        #expect(await leave.take(within: long))
        #expect(await leave.closed(within: long))
        #expect(!leave.beginChanges())
    }
}
