import Dispatch
import Synchronization
import Testing

@testable import Libvirt

/// A call that overruns is left behind, counted, and given its due when it returns.
@Suite struct CallLaneTests {
    @Test func answersInTime() async {
        let census = CallCensus()
        guard case .answered(7) = await CallLane(census: census).call(deadline: .seconds(60), { 7 }) else {
            Issue.record("no answer")
            return
        }
        #expect(census.outstanding == 0)
    }

    @Test(.timeLimit(.minutes(1))) func overdueCallsAreLeftBehindAndReturn() async {
        let census = CallCensus()
        let gate = DispatchSemaphore(value: 0)
        let (late, continuation) = AsyncStream<Int>.makeStream()
        let lane = CallLane(census: census)
        let outcome = await lane.call(deadline: .milliseconds(10), late: { continuation.yield($0) }) {
            gate.wait()
            return 5
        }
        guard case .overdue = outcome else {
            Issue.record("it was answered")
            return
        }
        #expect(census.outstanding == 1)
        // Another lane is not held up by it.
        guard case .answered(1) = await CallLane(census: census).call(deadline: .seconds(60), { 1 }) else {
            Issue.record("no answer on another lane")
            return
        }
        gate.signal()
        var iterator = late.makeAsyncIterator()
        #expect(await iterator.next() == 5)
        #expect(census.outstanding == 0)
    }

    @Test(.timeLimit(.minutes(1))) func aCallCanBeWaitedForAgain() async {
        let census = CallCensus()
        let gate = DispatchSemaphore(value: 0)
        let call = CallLane(census: census).start {
            gate.wait()
            return 5
        }
        for _ in 0..<3 {
            guard case .overdue = await call.answer(within: .milliseconds(10)) else {
                Issue.record("it was answered")
                return
            }
            // Nobody has left it behind.
            #expect(census.outstanding == 0)
        }
        gate.signal()
        guard case .answered(5) = await call.answer(within: .seconds(60)),
            case .answered(5) = await call.answer(within: .zero), case .answered(5) = call.leaveBehind()
        else {
            Issue.record("no answer")
            return
        }
        #expect(census.outstanding == 0)
    }

    @Test func theLimitIsBelowLibvirtds() {
        let census = CallCensus()
        #expect(CallCensus.limit < 20)
        for _ in 0..<CallCensus.limit {
            #expect(!census.isExhausted)
            census.leftBehind()
        }
        #expect(census.isExhausted)
        census.returned()
        #expect(!census.isExhausted)
    }
}
