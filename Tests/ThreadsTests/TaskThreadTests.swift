import Foundation
import Synchronization
import Testing

@testable import Threads

/// Times on the agent's thread; `AgentThreadTests` is about its tasks.
struct TaskThreadTests {
    @Test func whatIsDueFirstComesFirst() async {
        let (order, note) = AsyncStream<Int>.makeStream()
        for delay in [30, 10, 20, 10] {
            _ = TaskThread.agent.after(.milliseconds(delay)) { note.yield(delay) }
        }
        var found: [Int] = []
        for await delay in order.prefix(4) { found.append(delay) }
        #expect(found == [10, 10, 20, 30])
    }

    @Test func neverTooEarly() async throws {
        for milliseconds in [0, 1, 3, 20] {
            let start = ContinuousClock.now
            try await TaskThread.agent.sleep(for: .milliseconds(milliseconds))
            #expect(ContinuousClock.now - start >= .milliseconds(milliseconds))
        }
        // What has passed, and what is so far away that it does not fit a clock.
        try await TaskThread.agent.sleep(until: .now - .seconds(5))
        TaskThread.agent.callOff(TaskThread.agent.after(.seconds(Int64.max)) {})
    }

    @Test func whatIsCalledOffDoesNotHappen() async {
        let happened = Mutex<[Int]>([])
        let first = TaskThread.agent.after(.milliseconds(5)) { happened.withLock { $0.append(1) } }
        let last = await withCheckedContinuation { continuation in
            TaskThread.agent.callOff(first)
            _ = TaskThread.agent.after(.milliseconds(20)) { continuation.resume(returning: happened.withLock { $0 }) }
        }
        #expect(last == [])
        TaskThread.agent.callOff(first)
    }

    @Test func cancellationEndsASleepAtOnce() async {
        let sleeper = Task { try await TaskThread.agent.sleep(for: .seconds(3600)) }
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        let late = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await TaskThread.agent.sleep(for: .seconds(3600))
        }
        await #expect(throws: CancellationError.self) { try await late.value }
    }

    /// Each of many sleeps ends once, whatever ends it.
    @Test func cancellationAtAnyMoment() async {
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<500 {
                group.addTask {
                    let sleeper = Task { try await TaskThread.agent.sleep(for: .microseconds(number * 3)) }
                    if number % 2 == 0 { await Task.yield() }
                    sleeper.cancel()
                    _ = await sleeper.result
                }
            }
        }
    }
}
