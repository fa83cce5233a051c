import Foundation
import Glibc
import Synchronization
import TestServers

/// A collector whose faults a test begins and ends. It notes every request that came whole, and its port is its own
/// also while it does not listen.
final class FaultyCollector: Sendable {
    /// What it does with a request while the fault lasts; the requests of the fault are numbered from 0.
    typealias Fault = @Sendable (_ samples: [SampleStamp], _ number: Int) -> Reaction

    /// What it does with a request.
    enum Reaction: Sendable {
        /// Takes the samples, and says so after that many seconds.
        case takes(after: Double = 0)
        /// Takes the samples, and answers so, which tells the agent.
        case takesAnswering(LoopbackAnswer)
        /// Takes the samples, but the agent cannot know: that is all it hears, after so many seconds.
        case takesUnheard(LoopbackAnswer, after: Double = 0)
        /// Takes nothing, and answers so.
        case refuses(LoopbackAnswer)
    }

    private struct State {
        var requests: [ReceivedPayload] = []
        var takenIDs: Set<String> = []
        var open = 0
        var fault: Fault?
        var faulted = 0
        var malformed = 0
        var server: LoopbackServer?
    }

    private final class Book: Sendable {
        let state = Mutex(State())
    }

    private let book = Book()
    private let reserved: ReservedPort

    init(isListening: Bool = true) throws {
        reserved = try ReservedPort()
        if isListening { try listen() }
    }

    deinit { stopListening() }

    var port: Int { reserved.number }

    /// The URL for a publisher, with the publisher's own parameters.
    func url(_ parameters: String = "") -> String { "http://127.0.0.1:\(port)/v1/samples\(parameters)" }

    /// Every request that came whole, in order.
    var requests: [ReceivedPayload] { book.state.withLock(\.requests) }
    /// Those whose samples it took, in order.
    var taken: [ReceivedPayload] { requests.filter { $0.fate != .refused } }
    /// The ids of all samples that it took.
    var takenIDs: Set<String> { book.state.withLock(\.takenIDs) }
    /// How many requests came since the fault began.
    var faulted: Int { book.state.withLock(\.faulted) }
    /// How many bodies were no samples.
    var malformed: Int { book.state.withLock(\.malformed) }
    /// Whether a request is here that has not been answered.
    var isBusy: Bool { book.state.withLock { $0.open > 0 } }

    /// Waits until everybody who has connected before has gone and was heard out.
    func hearsOut() async throws {
        // Connections are accepted in their order: those before this one are known then.
        guard await LoopbackClient.answer(port: UInt16(port), path: Self.alive, within: 30) != nil else {
            throw CommandError(description: "the collector does not answer")
        }
        try await eventually("everybody who has gone was heard out", within: 30) {
            book.state.withLock { $0.server?.counts }.map { $0.connections == $0.closed } ?? true
        }
    }

    /// What is no delivery.
    private static let alive = "/alive"

    func begin(_ fault: @escaping Fault) {
        book.state.withLock { state in
            state.fault = fault
            state.faulted = 0
        }
    }

    func mend() { book.state.withLock { $0.fault = nil } }

    /// Begins to listen, at the same port as ever.
    func listen() throws {
        let book = book
        let server = try LoopbackServer(port: port, keepsRequests: false) { Self.answer($0, book) }
        book.state.withLock { $0.server = server }
    }

    /// Ends all connections and refuses new ones.
    func stopListening() {
        let server = book.state.withLock { state in
            defer { state.server = nil }
            return state.server
        }
        server?.stop()
    }

    private static func answer(_ request: LoopbackRequest, _ book: Book) -> LoopbackAnswer {
        let arrived = ContinuousClock.now
        if request.line.hasPrefix("GET \(alive) ") { return .ok }
        let samples: [SampleStamp]
        do {
            samples = try JSONDecoder().decode([SampleStamp].self, from: Data(request.body))
        } catch {
            book.state.withLock { $0.malformed += 1 }
            return .status(400)
        }
        let (answer, seconds) = book.state.withLock { state -> (LoopbackAnswer, Double) in
            let reaction = state.fault?(samples, state.faulted) ?? .takes()
            state.faulted += 1
            state.open += 1
            let payload = { fate in
                ReceivedPayload(samples: samples, fingerprint: request.body.hashValue, arrived: arrived, fate: fate)
            }
            switch reaction {
            case .takes(let seconds):
                state.requests.append(payload(.taken))
                state.takenIDs.formUnion(samples.map(\.id))
                return (.ok, seconds)
            case .takesAnswering(let answer):
                state.requests.append(payload(.taken))
                state.takenIDs.formUnion(samples.map(\.id))
                return (answer, 0)
            case .takesUnheard(let answer, let seconds):
                state.requests.append(payload(.takenUnheard))
                state.takenIDs.formUnion(samples.map(\.id))
                return (answer, seconds)
            case .refuses(let answer):
                state.requests.append(payload(.refused))
                return (answer, 0)
            }
        }
        // The slowness that the fault is about.
        if seconds > 0 { usleep(UInt32(seconds * 1_000_000)) }
        book.state.withLock { $0.open -= 1 }
        return answer
    }
}
