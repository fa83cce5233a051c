import Keystone
import Synchronization
import Testing

@testable import Nova

/// How many requests are let through: more while they are answered, fewer when they are not.
@Suite(.timeLimit(.minutes(1))) struct RequestGateTests {
    private static let late = KeystoneError(.timeout, url: "", detail: "late", advice: "wait")
    private static let missing = KeystoneError(.notFound, url: "", detail: "missing", advice: "nothing")

    /// A request that waits until it is told what it comes to.
    private struct Held {
        private let end: AsyncStream<KeystoneError?>.Continuation
        private let task: Task<Void, Never>

        /// It tells its number when it has passed the gate.
        init(at gate: RequestGate, began: AsyncStream<Int>.Continuation, number: Int) {
            let (ends, end) = AsyncStream<KeystoneError?>.makeStream()
            self.end = end
            task = Task {
                do throws(KeystoneError) {
                    try await gate.pass { () async throws(KeystoneError) in
                        began.yield(number)
                        for await error in ends {
                            if let error { throw error }
                            return
                        }
                    }
                } catch {
                    // What it came to is the gate's business.
                }
            }
        }

        func end(_ error: KeystoneError? = nil) async {
            end.yield(error)
            await task.value
        }
    }

    private func answer(_ gate: RequestGate, times: Int) async throws {
        for _ in 0..<times { try await gate.pass { () async throws(KeystoneError) in } }
    }

    /// Each that leaves lets one more in, and at the end of a round two.
    @Test func itWidensByOneForEachRoundOfAnswersWhileItIsFull() async throws {
        let gate = RequestGate(limit: 64)
        let (begun, began) = AsyncStream<Int>.makeStream()
        var numbers = begun.makeAsyncIterator()
        var held: [Held] = []
        for number in 0..<12 {
            held.append(Held(at: gate, began: began, number: number))
            if number < RequestGate.start {
                #expect(await numbers.next() == number)
            } else {
                while !Task.isCancelled, await gate.waitingCount < number - 3 { await Task.yield() }
            }
        }
        #expect(await gate.width == RequestGate.start)
        for number in 3...7 { await held[number].end() }
        #expect(await gate.width == RequestGate.start + 1)
        for number in 4...7 { #expect(await numbers.next() == number) }
        // These two were let in together.
        #expect(await Set([numbers.next(), numbers.next()]) == [8, 9])
        for number in [0, 1, 2, 8, 9, 10, 11] { await held[number].end() }
    }

    @Test func whatIsNeverFullDoesNotWiden() async throws {
        let gate = RequestGate(limit: 64)
        try await answer(gate, times: 100)
        #expect(await gate.width == RequestGate.start)
    }

    @Test(arguments: [1, 3, 10]) func itGetsAsWideAsAllowedAndNoWider(limit: Int) async throws {
        let gate = RequestGate(limit: limit)
        let now = Mutex(0)
        let most = Mutex(0)
        let request: @Sendable () async -> Void = {
            do throws(KeystoneError) {
                try await gate.pass { () async throws(KeystoneError) in
                    let count = now.withLock { count in
                        count += 1
                        return count
                    }
                    most.withLock { $0 = max($0, count) }
                    for _ in 0..<5 { await Task.yield() }
                    now.withLock { $0 -= 1 }
                }
            } catch {
                Issue.record(error)
            }
        }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<400 { group.addTask(operation: request) }
        }
        #expect(await gate.width == limit)
        #expect(most.withLock(\.self) <= limit)
    }

    @Test func whatIsNotAnsweredInTimeHalvesItOnceForAllThatWereUnderWay() async throws {
        let gate = RequestGate(limit: 64)
        let (begun, began) = AsyncStream<Int>.makeStream()
        let held = (0..<4).map { Held(at: gate, began: began, number: $0) }
        var numbers = begun.makeAsyncIterator()
        for _ in held { _ = await numbers.next() }
        for request in held { await request.end(Self.late) }
        #expect(await gate.width == 2)
        let next = Held(at: gate, began: began, number: 4)
        _ = await numbers.next()
        await next.end(Self.late)
        #expect(await gate.width == 1)
        let last = Held(at: gate, began: began, number: 5)
        _ = await numbers.next()
        await last.end(Self.late)
        #expect(await gate.width == 1, "something always passes")
    }

    @Test func anAnswerThatIsNoneOfTimeChangesNothing() async throws {
        let gate = RequestGate(limit: 64)
        await #expect(throws: Self.missing) {
            try await gate.pass { () async throws(KeystoneError) in throw Self.missing }
        }
        #expect(await gate.width == RequestGate.start)
    }

    /// After a cut those that are under way are more than may be: as many as may pass do, no more, and in their order.
    @Test func whoWaitsPassesInItsOrder() async throws {
        let gate = RequestGate(limit: 4)
        let (begun, began) = AsyncStream<Int>.makeStream()
        var numbers = begun.makeAsyncIterator()
        var held: [Held] = []
        for number in 0..<4 {
            held.append(Held(at: gate, began: began, number: number))
            #expect(await numbers.next() == number)
        }
        for number in 4..<7 {
            held.append(Held(at: gate, began: began, number: number))
            while !Task.isCancelled, await gate.waitingCount < number - 3 { await Task.yield() }
        }
        await held[0].end(Self.late)
        await held[1].end(Self.late)
        #expect(await gate.width == 2)
        #expect(await gate.waitingCount == 3)
        await held[2].end(Self.late)
        #expect(await numbers.next() == 4)
        await held[3].end(Self.late)
        #expect(await numbers.next() == 5)
        #expect(await gate.waitingCount == 1)
        await held[4].end()
        #expect(await numbers.next() == 6)
        await held[5].end()
        await held[6].end()
    }
}
