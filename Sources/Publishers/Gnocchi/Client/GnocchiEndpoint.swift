import Outbox
import Telemetry
import Transfer

/// Where Gnocchi is, and as whom we speak to it.
protocol GnocchiEndpoint: Sendable {
    /// The server's answer, whatever its status. Throws what is to become of a payload if there is none.
    func response(to request: GnocchiRequest) async throws(GnocchiFailure) -> TransferResponse

    /// What an answer to a request means for a payload by its status alone, and what the operator is told.
    func outcome(of response: TransferResponse, to request: GnocchiRequest, payload: Payload?) -> Delivery

    /// The id of the project whose resources are not sent (`filter_project`); `nil` if there is none.
    func filteredProject() async throws(GnocchiFailure) -> String?

    /// What Gnocchi has as the creator of what we create: `USER:PROJECT` by their ids with Keystone, else the user. `nil`
    /// if nobody can tell.
    func creator() async throws(GnocchiFailure) -> String?
}

/// A request that got no answer.
struct GnocchiFailure: Error, Hashable {
    /// What that means for the payload: to be tried again, or that we are refused.
    let delivery: Delivery
    /// Whether the server was at work when the time was up: less at once may help.
    var isSlow = false
}
