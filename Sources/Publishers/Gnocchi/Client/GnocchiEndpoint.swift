import Outbox
import Telemetry
import Transfer

/// Where Gnocchi is, and as whom we speak to it.
protocol GnocchiEndpoint: Sendable {
    /// The server's answer, whatever its status. Throws what is to become of a payload if there is none.
    func response(to request: GnocchiRequest) async throws(GnocchiFailure) -> TransferResponse

    /// How answers to a request are judged.
    func judge(_ request: GnocchiRequest) -> HTTPDelivery

    /// The present.
    var present: Timestamp { get }

    /// The id of the project whose resources are not sent (`filter_project`); `nil` if there is none.
    func filteredProject() async throws(GnocchiFailure) -> String?

    /// What Gnocchi has as the creator of what we create: `USER:PROJECT` by their ids with Keystone, else the user. `nil`
    /// if nobody can tell.
    func creator() async throws(GnocchiFailure) -> String?
}

extension GnocchiEndpoint {
    /// What an answer to a request means for a payload, and what the operator is told. Only Gnocchi's own answer counts:
    /// any other 2xx is an operator's mistake, and the payload is kept.
    func outcome(of response: TransferResponse, to request: GnocchiRequest, payload: Payload?) -> Delivery {
        let empty = Payload(body: [], samples: 0, first: present, last: present)
        let judge = judge(request)
        let outcome = judge.outcome(of: response, payload: payload ?? empty, now: present)
        guard case .delivered = outcome, !request.isDone(response) else { return outcome }
        return judge.stranger(response, expected: request.expected.words)
    }
}

/// A request that got no answer.
struct GnocchiFailure: Error, Hashable {
    /// What that means for the payload: to be tried again, or that we are refused.
    let delivery: Delivery
    /// Whether the server was at work when the time was up: less at once may help.
    var isSlow = false
}
