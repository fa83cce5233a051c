import Glibc
import Synchronization
import Testing

@testable import Threads

/// Signals are received on a thread of their own. One test, as a process can watch but once.
struct ProcessSignalsTests {
    @Test(.timeLimit(.minutes(1))) func theyAreReceivedAndTheEndHasALimit() async {
        let (notes, note) = AsyncStream<CInt>.makeStream()
        ProcessSignals.watch(
            [SIGUSR1, SIGUSR2], ending: [SIGUSR2], within: .milliseconds(20), received: { _ = note.yield($0) },
            overdue: {
                note.yield(0)
                note.finish()
            })
        for number in [SIGUSR1, SIGUSR1, SIGUSR2] {
            kill(getpid(), number)
            // Two of a number at once are one.
            for await received in notes {
                #expect(received == number)
                break
            }
        }
        var rest: [CInt] = []
        for await received in notes { rest.append(received) }
        #expect(rest == [0])
    }

    /// What the spare thread is given is done in order.
    @Test func theSpareThreadDoesWhatItIsGiven() async {
        let done = Mutex<[Int]>([])
        await withCheckedContinuation { continuation in
            for number in 0..<10 { SpareThread.run { done.withLock { $0.append(number) } } }
            SpareThread.run { continuation.resume() }
        }
        #expect(done.withLock { $0 } == Array(0..<10))
    }
}
