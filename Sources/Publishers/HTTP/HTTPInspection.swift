import Configuration
import Outbox
import Telemetry
import Transfer

/// Tries the way to an `http://` or `https://` receiver without sending samples: name, connection, proxy, TLS with the
/// client's certificate, and credentials.
///
/// It sends one OPTIONS request to the publisher's own URL. A connection alone would not do: under TLS 1.3 a server tells
/// only in its answer that it wants another client certificate (RFC 8446, section 4.4.2.4), as nginx does under any TLS.
/// OPTIONS is safe (RFC 9110, section 9.3.7), so the receiver changes nothing, and any answer proves the way.
public struct HTTPInspection: Sendable {
    /// The publisher's name (`Publisher.identity`).
    public let publisher: String
    private let parameters: HTTPParameters
    private let context: PublisherContext

    /// The inspection for a publisher's URL; `nil` if it is none of this kind.
    public init?(url: String, context: PublisherContext) {
        var diagnostics = Diagnostics()
        guard case .http(let parameters) = PublisherParameters(url, at: nil, into: &diagnostics) else { return nil }
        self.parameters = parameters
        self.context = context
        publisher = parameters.identity
    }

    /// Asks once. Ends within the publisher's `timeout`, and ten seconds at most.
    public func run() async -> [InspectionFinding] {
        let judge = HTTPDelivery(
            method: TransferRequest.Method.options.rawValue, target: parameters.target,
            credentials: parameters.credentials)
        var request = parameters.request(.options, version: context.version)
        request.timeout = min(parameters.timeout, .seconds(10))
        request.connectTimeout = request.timeout
        // As for samples: a body without an end is no failure.
        request.needsBody = false
        let response: TransferResponse
        do throws(TransferError) {
            response = try await context.transfer.perform(request)
        } catch {
            return [InspectionFinding(.failure, judge.outcome(of: error).reason)]
        }
        let nothing = Payload(body: [], samples: 0, first: context.now(), last: context.now())
        let outcome = judge.outcome(of: response, payload: nothing, now: context.now())
        switch (response.status, outcome) {
        case (404, _), (410, _), (500..., _), (408, _), (425, _), (429, _):
            // Some receivers answer so to any request but the POST of samples.
            return [InspectionFinding(.warning, outcome.reason)]
        case (401, _), (403, _), (407, _), (300..<400, _):
            return [InspectionFinding(.failure, outcome.reason)]
        case (400, .refused(let reason)):
            return [InspectionFinding(.failure, reason)]
        default:
            return [.good("answers: HTTP \(response.status) to an OPTIONS request; no samples were sent")]
        }
    }
}
