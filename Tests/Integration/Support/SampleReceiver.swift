import FlyingFox
import FlyingSocks
import Foundation
import Synchronization

/// A sample as it arrived.
struct ReceivedSample: Sendable, Decodable {
    let id: String
    let name: String
    let resource_id: String
    let timestamp: String
    let unit: String
    let volume: Double
    let resource_metadata: Metadata

    struct Metadata: Sendable, Decodable {
        let instance_id: String
        let display_name: String?
        let name: String
        let state: String
    }
}

/// A collector inside the test: takes samples by HTTP on loopback, and can refuse.
final class SampleReceiver: Sendable {
    private struct State {
        var samples: [ReceivedSample] = []
        var bodies: [Int] = []
        var refusal: Int?
        var refusesEverySecond = false
        var requests = 0
    }

    private let state: Box
    private let server: HTTPServer
    private let task: Task<Void, Never>
    let port: UInt16

    private final class Box: Sendable {
        let state = Mutex(State())
    }

    /// Listens at a port: a free one by default.
    init(port: UInt16 = 0) async throws {
        let box = Box()
        state = box
        server = HTTPServer(address: try sockaddr_in.inet(ip4: "127.0.0.1", port: port), logger: .disabled)
        await server.appendRoute("*") { request in
            let body = try await request.bodyData
            let refusal = box.state.withLock { state in
                state.requests += 1
                return state.refusesEverySecond && state.requests % 2 == 0 ? nil : state.refusal
            }
            if let refusal {
                return HTTPResponse(statusCode: HTTPStatusCode(refusal, phrase: "Refused"))
            }
            let samples = try JSONDecoder().decode([ReceivedSample].self, from: body)
            box.state.withLock { state in
                state.samples += samples
                state.bodies.append(samples.count)
            }
            return HTTPResponse(statusCode: .ok)
        }
        let server = server
        task = Task { do { try await server.run() } catch {} }
        try await server.waitUntilListening(timeout: 10)
        guard case .ip4(_, let bound)? = await server.listeningAddress else {
            throw CommandError(description: "the receiver does not listen")
        }
        self.port = bound
    }

    /// Stops listening.
    func stop() async {
        await server.stop(timeout: 1)
        task.cancel()
    }

    var url: String { "http://127.0.0.1:\(port)/v1/samples" }
    var samples: [ReceivedSample] { state.state.withLock { $0.samples } }
    var bodies: [Int] { state.state.withLock { $0.bodies } }

    /// Answers every request, or every second one, with that status, or takes samples again.
    func refuse(_ status: Int?, everySecond: Bool = false) {
        state.state.withLock { state in
            state.refusal = status
            state.refusesEverySecond = everySecond
        }
    }

    /// The samples of an instance, by meter, from those that came behind `start`.
    func samples(of uuid: String, from start: Int = 0) -> [String: [ReceivedSample]] {
        Dictionary(
            grouping: samples.dropFirst(start).filter { $0.resource_metadata.instance_id == uuid }, by: \.name)
    }
}
