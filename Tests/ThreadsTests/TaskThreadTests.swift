import Foundation
import Synchronization
import Testing

@testable import Threads

/// Times on the agent's thread; `AgentThreadTests` is about its tasks.
struct TaskThreadTests {
    /// Set on the thread itself, so that none is due before all are set.
    @Test(.timeLimit(.minutes(1))) func whatIsDueFirstComesFirst() async {
        let (order, note) = AsyncStream<String>.makeStream()
        _ = TaskThread.agent.after(.zero) {
            for (name, delay) in [("d", 600), ("a", 200), ("c", 400), ("b", 200)] {
                _ = TaskThread.agent.after(.milliseconds(delay)) { note.yield(name) }
            }
        }
        var found: [String] = []
        for await name in order.prefix(4) { found.append(name) }
        #expect(found == ["a", "b", "c", "d"])
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

    @Test(.timeLimit(.minutes(1))) func whatIsCalledOffDoesNotHappen() async {
        let happened = Mutex<[Int]>([])
        await withCheckedContinuation { continuation in
            _ = TaskThread.agent.after(.zero) {
                let first = TaskThread.agent.after(.milliseconds(5)) { happened.withLock { $0.append(1) } }
                let last = TaskThread.agent.after(.milliseconds(10)) { happened.withLock { $0.append(2) } }
                TaskThread.agent.callOff(first)
                TaskThread.agent.callOff(first)
                _ = TaskThread.agent.after(.milliseconds(20)) {
                    TaskThread.agent.callOff(last)
                    continuation.resume()
                }
            }
        }
        #expect(happened.withLock { $0 } == [2])
    }

    /// What is called off is let go of, and may itself set and call off when that happens.
    @Test(.timeLimit(.minutes(1))) func whatIsCalledOffIsLetGoOf() async {
        final class Held: Sendable {
            let release: @Sendable () -> Void
            init(_ release: @escaping @Sendable () -> Void) { self.release = release }
            deinit { release() }
        }
        await withCheckedContinuation { continuation in
            let held = Held { TaskThread.agent.callOff(TaskThread.agent.after(.seconds(60)) { continuation.resume() }) }
            TaskThread.agent.callOff(TaskThread.agent.after(.seconds(60)) { withExtendedLifetime(held) {} })
            _ = TaskThread.agent.after(.milliseconds(1)) { continuation.resume() }
        }
    }

    @Test(.timeLimit(.minutes(1))) func cancellationEndsASleepAtOnce() async {
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
    @Test(.timeLimit(.minutes(1))) func cancellationAtAnyMoment() async {
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
