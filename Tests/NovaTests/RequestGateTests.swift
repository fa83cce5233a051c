import Keystone
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

        /// It has begun when this returns, or, if it `waits`, stands at the gate.
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

    @Test func itWidensByOneForEachRoundOfAnswers() async throws {
        let gate = RequestGate(limit: 64)
        #expect(await gate.width == RequestGate.start)
        try await answer(gate, times: RequestGate.start + 1)
        #expect(await gate.width == RequestGate.start + 1)
        try await answer(gate, times: RequestGate.start + 2)
        #expect(await gate.width == RequestGate.start + 2)
    }

    @Test(arguments: [1, 3, 10]) func itNeverGetsWiderThanAllowed(limit: Int) async throws {
        let gate = RequestGate(limit: limit)
        try await answer(gate, times: 200)
        #expect(await gate.width == limit)
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
            while await gate.waitingCount < number - 3 { await Task.yield() }
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
