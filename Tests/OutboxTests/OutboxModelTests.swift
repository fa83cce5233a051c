import Fuzzing
import Telemetry
import Testing

@testable import Outbox

/// Random operations, of an operator's too, and crashes against a model of the queues in memory.
@Suite(.timeLimit(.minutes(5))) struct OutboxModelTests {
    /// What a queue must hold.
    private struct Model {
        var waiting: [Payload] = []
        var delivered = 0
        var quarantined: [Payload] = []
        var droppedSamples = 0
        var answered = 0
        /// Rejected ones that are passed over until the receiver accepts something.
        var suspects: [Payload] = []
        /// Rejected ones that are tried once more, as the receiver had accepted nothing before.
        var retrials: [Payload] = []
        var hasAccepted = false

        /// Puts what waits into its order, which is that of the numbers; what an operator has put back may come before the one
        /// that was under way.
        mutating func sort(from start: Int = 0) {
            guard waiting.count > start else { return }
            waiting[start...].sort { $0.numbers.lowerBound < $1.numbers.lowerBound }
        }

        var bytes: Int { (waiting + suspects).reduce(0) { $0 + $1.size } }

        /// Whether a rejection now is not the one that blames the receiver, which then would be left alone for a minute.
        func mayReject(_ suspects: Bool) -> Bool {
            !suspects || self.suspects.count < 2 || waiting.first.map(retrials.contains) ?? false
        }

        mutating func reject(_ suspects: Bool) {
            let head = waiting.removeFirst()
            if suspects, !retrials.contains(head) { self.suspects.append(head) } else { quarantined.append(head) }
            retrials.removeAll { $0 == head }
        }

        mutating func take() {
            waiting.removeFirst()
            delivered += 1
            if hasAccepted {
                quarantined += suspects
            } else {
                waiting = suspects + waiting
                retrials += suspects
            }
            suspects = []
            hasAccepted = true
        }
    }

    private static let identities = ["a", "b"]
    private static let size = 100
    private static let limits = OutboxLimits(maxBytes: 12 * size, maxAge: nil)

    /// An outbox whose receivers answer when the test says so.
    private struct Run {
        let bench: Bench
        let publishers: [String: ScriptedPublisher]
        let outbox: Outbox

        init(_ bench: Bench, suspects: Bool) async throws {
            self.bench = bench
            let a = ScriptedPublisher("a", otherwise: nil)
            let b = ScriptedPublisher("b", otherwise: nil)
            publishers = ["a": a, "b": b]
            outbox = try await bench.open(a, b, limits: OutboxModelTests.limits, suspicion: suspects)
        }
    }

    /// From the thirtieth on a rejection may be the receiver's fault.
    @Test(arguments: 0..<60) func agreesWithTheModel(seed: Int) async throws {
        let suspects = seed >= 30
        var random = SplitMix(seed: seed)
        var models = ["a": Model(), "b": Model()]
        var run = try await Run(Bench(), suspects: suspects)
        var next = 0
        var retries = 0
        var history: [String] = []
        for _ in 0..<60 {
            let identity = try #require(Self.identities.randomElement(using: &random))
            let publisher = try #require(run.publishers[identity])
            var model = try #require(models[identity])
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<9:
                let ranges = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                    let range = next..<next + Int.random(in: 1...6, using: &random)
                    next = range.upperBound
                    return range
                }
                history.append("hand over \(ranges) to \(identity)")
                await run.outbox.handOver([(identity, ranges.map { Payload($0, size: Self.size) })])
                model.waiting += ranges.map { Payload($0, size: Self.size) }
                while model.bytes > Self.limits.maxBytes, model.waiting.count > 1 {
                    // The oldest is under way.
                    model.droppedSamples += model.waiting.remove(at: 1).samples
                }
            case 18 where !model.quarantined.isEmpty && (model.hasAccepted || !suspects):
                try await operate(on: identity, &model, run, &random, &history)
            case 9..<18 where !model.waiting.isEmpty:
                model.answered += 1
                let head = model.waiting[0]
                switch Int.random(in: 0..<10, using: &random) {
                case 0 where retries < 4:
                    retries += 1
                    history.append("\(identity) retries \(head.numbers)")
                    publisher.answer(.retry(after: nil, reason: "down"))
                case 1 where model.mayReject(suspects):
                    history.append("\(identity) rejects \(head.numbers)")
                    publisher.answer(.rejected(reason: "400"))
                    model.reject(suspects)
                case 2 where head.samples > 1:
                    let parts = try #require(publisher.split(head))
                    history.append("\(identity) divides \(head.numbers)")
                    publisher.answer(.divided(parts.0, parts.1, reason: "400"))
                    model.waiting.removeFirst()
                    model.waiting = [parts.0, parts.1] + model.waiting
                case 3 where head.samples > 1 || model.mayReject(suspects):
                    history.append("\(identity) finds \(head.numbers) too large")
                    publisher.answer(.tooLarge(reason: "413"))
                    if let halves = publisher.split(head) {
                        model.waiting.replaceSubrange(0..<1, with: [halves.0, halves.1])
                    } else {
                        model.reject(suspects)
                    }
                default:
                    history.append("\(identity) takes \(head.numbers)")
                    publisher.answer(.delivered)
                    model.take()
                }
                model.sort()
            case 19 where models.values.allSatisfy(\.suspects.isEmpty):
                history.append("crash")
                models[identity] = model
                let crashed = try await run.bench.crashed()
                for publisher in run.publishers.values { publisher.answerAlways(.retry(after: nil, reason: "end")) }
                await run.outbox.stop(within: .seconds(60))
                run = try await Run(crashed, suspects: suspects)
                for identity in Self.identities {
                    models[identity]?.sort()
                    models[identity]?.delivered = 0
                    models[identity]?.answered = 0
                    models[identity]?.hasAccepted = false
                    models[identity]?.retrials = []
                    models[identity]?.droppedSamples = 0
                }
                model = try #require(models[identity])
            default:
                break
            }
            models[identity] = model
            try await check(run, models, "seed \(seed): \(history.suffix(8))")
        }
        // An acceptance tells what becomes of those that were rejected last.
        for identity in Self.identities {
            await run.outbox.handOver([(identity, [Payload(next, size: Self.size)])])
            models[identity]?.waiting.append(Payload(next, size: Self.size))
            next += 1
        }
        for publisher in run.publishers.values { publisher.answerAlways(.delivered) }
        await run.outbox.stop(within: .seconds(60))
        for identity in Self.identities {
            var model = try #require(models[identity])
            while model.bytes > Self.limits.maxBytes, model.waiting.count > 1 { model.waiting.remove(at: 1) }
            var rest = model.waiting
            if !model.hasAccepted { rest.insert(contentsOf: model.suspects, at: 1) }
            let taken = try #require(run.publishers[identity]).state.value.taken
            #expect(Array(taken.suffix(rest.count)) == rest, "seed \(seed)")
            #expect(try await run.bench.stored(identity).isEmpty)
        }
    }

    /// An operator puts some of what was put aside back, or drops it, while the agent runs.
    private func operate(
        on identity: String, _ model: inout Model, _ run: Run, _ random: inout SplitMix, _ history: inout [String]
    ) async throws {
        // What the agent counts it may not yet have told the disk.
        let stored = try #require(try StoredOutbox(directory: run.bench.directory))
        var rejected = try await stored.rejected().filter { $0.queue == identity }
        while rejected.count < model.quarantined.count {
            await Task.yield()
            rejected = try await stored.rejected().filter { $0.queue == identity }
        }
        let chosen = rejected.indices.filter { _ in Bool.random(using: &random) }
        let ids = chosen.map { rejected[$0].id }
        let payloads = chosen.map { model.quarantined[$0] }
        for index in chosen.reversed() { model.quarantined.remove(at: index) }
        if Bool.random(using: &random) {
            history.append("an operator retries \(payloads.map(\.numbers)) of \(identity)")
            try await stored.retry(ids)
            let isUnderWay = !model.waiting.isEmpty
            model.waiting += payloads
            model.sort(from: isUnderWay ? 1 : 0)
        } else {
            history.append("an operator drops \(payloads.map(\.numbers)) of \(identity)")
            try await stored.drop(ids)
        }
        try stored.close()
        await run.outbox.handOver([])
    }

    private func check(_ run: Run, _ models: [String: Model], _ comment: String) async throws {
        for (identity, model) in models {
            let publisher = try #require(run.publishers[identity])
            if let head = model.waiting.first {
                await publisher.attempts(model.answered + 1)
                #expect(publisher.state.value.received.last == head, "\(comment)")
            }
            let snapshot = try await run.outbox.snapshot(of: identity) {
                $0.payloads == model.waiting.count + model.suspects.count && $0.delivered == model.delivered
                    && $0.quarantined == model.quarantined.count
            }
            #expect(publisher.received.count == model.answered + (model.waiting.isEmpty ? 0 : 1), "\(comment)")
            #expect(snapshot.samples == (model.waiting + model.suspects).reduce(0) { $0 + $1.samples }, "\(comment)")
            #expect(snapshot.bytes == model.bytes, "\(comment)")
            #expect(snapshot.droppedSamples == model.droppedSamples, "\(comment)")
            #expect(snapshot.inMemory == 0, "\(comment)")
            #expect(publisher.state.value.mostUnderWay <= 1, "\(comment)")
        }
    }
}
