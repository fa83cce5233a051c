import Telemetry

@testable import Outbox

/// A publisher whose receiver answers as a test says, and remembers what it was sent.
final class ScriptedPublisher: Publisher {
    struct State: Sendable {
        /// Every attempt.
        var received: [Payload] = []
        /// What the receiver took.
        var taken: [Payload] = []
        /// Answers to the next attempts.
        var answers: [Delivery]
        /// The answer to attempts without one of their own; `nil` to wait for one.
        var otherwise: Delivery?
        /// How many attempts are under way.
        var underWay = 0
        var mostUnderWay = 0
    }

    let identity: String
    let needsDurability: Bool
    let state: Watched<State>

    init(
        _ identity: String = "a", needsDurability: Bool = true, otherwise: Delivery? = .delivered,
        _ answers: Delivery...
    ) {
        self.identity = identity
        self.needsDurability = needsDurability
        state = Watched(State(answers: answers, otherwise: otherwise))
    }

    var received: [Range<Int>] { state.value.received.map(\.numbers) }
    var taken: [Range<Int>] { state.value.taken.map(\.numbers) }

    func answer(_ delivery: Delivery) {
        state.change { $0.answers.append(delivery) }
    }

    func answerAlways(_ delivery: Delivery) {
        state.change { $0.otherwise = delivery }
    }

    func attempts(_ count: Int) async {
        await state.wait { $0.received.count >= count }
    }

    func takes(_ count: Int) async {
        await state.wait { $0.taken.count >= count }
    }

    func payloads(for samples: [Sample]) -> [Payload] { [] }

    func deliver(_ payload: Payload) async -> Delivery {
        state.change { state in
            state.received.append(payload)
            state.underWay += 1
            state.mostUnderWay = max(state.mostUnderWay, state.underWay)
        }
        await state.waitUncancelled { !$0.answers.isEmpty || $0.otherwise != nil }
        return state.change { state in
            state.underWay -= 1
            let answer = state.answers.isEmpty ? state.otherwise : state.answers.removeFirst()
            if answer == .delivered { state.taken.append(payload) }
            return answer ?? .retry(after: nil, reason: "no answer")
        }
    }

    func split(_ payload: Payload) -> (Payload, Payload)? {
        let numbers = payload.numbers
        guard numbers.count > 1 else { return nil }
        let middle = (numbers.lowerBound + numbers.upperBound) / 2
        return (
            Payload(numbers.lowerBound..<middle, size: payload.size / 2),
            Payload(middle..<numbers.upperBound, size: payload.size - payload.size / 2)
        )
    }
}
