import Foundation
import Synchronization
import Testing

@testable import Threads

/// A thread for what blocks.
struct WorkThreadTests {
    @Test func inOrderAndOnOneThread() async {
        let thread = WorkThread(named: "work")
        let done = Mutex<[Int]>([])
        for number in 0..<1000 { thread.start { done.withLock { $0.append(number) } } }
        let first = await thread.run { UInt(pthread_self()) }
        #expect(done.withLock { $0 } == Array(0..<1000))
        #expect(await thread.run { UInt(pthread_self()) } == first)
    }

    @Test func anErrorIsTheAnswer() async {
        struct Failure: Error {}
        let thread = WorkThread(named: "work")
        await #expect(throws: Failure.self) { try await thread.run { throw Failure() } }
    }

    /// Cancelled tasks get their answer, too: what was begun on a disk is not given up.
    @Test func cancellationChangesNothing() async {
        let thread = WorkThread(named: "work")
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await thread.run { 1 }
        }
        #expect(await task.value == 1)
    }

    private static func isThere(_ name: String) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").contains { id in
            // A thread may end between the two.
            FileManager.default.contents(atPath: "/proc/self/task/\(id)/comm") == Data("\(name)\n".utf8)
        }
    }

    @Test(.timeLimit(.minutes(1))) func itsThreadEndsWithIt() async throws {
        var thread: WorkThread? = WorkThread(named: "short-lived")
        await thread?.run {}
        #expect(try Self.isThere("short-lived"))
        thread = nil
        while try Self.isThere("short-lived") { await Task.yield() }
    }

    /// What was begun is done: whatever it was given is let go of.
    @Test func endsWithItsObject() async {
        final class Held: Sendable {
            let release: @Sendable () -> Void
            init(_ release: @escaping @Sendable () -> Void) { self.release = release }
            deinit { release() }
        }
        let done = Mutex(0)
        await withCheckedContinuation { continuation in
            var thread: WorkThread? = WorkThread(named: "work")
            let held = Held { continuation.resume() }
            for _ in 0..<10 { thread?.start { [held] in withExtendedLifetime(held) { done.withLock { $0 += 1 } } } }
            thread = nil
        }
        #expect(done.withLock { $0 } == 10)
    }

    @Test func aHangingCallDelaysNoOtherThread() async {
        let (hanging, other) = (WorkThread(named: "hanging"), WorkThread(named: "other"))
        let gate = DispatchSemaphore(value: 0)
        hanging.start { gate.wait() }
        #expect(await other.run { 2 } == 2)
        gate.signal()
        #expect(await hanging.run { 1 } == 1)
    }
}
