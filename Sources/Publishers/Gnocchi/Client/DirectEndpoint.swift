import Outbox
import Telemetry
import Transfer

/// A Gnocchi whose URL is known, with basic authentication or none (`gnocchi+http://user@host:8041`).
struct DirectEndpoint: GnocchiEndpoint {
    /// Gnocchi's URL without credentials and without a slash at its end.
    let url: String
    let credentials: BasicCredentials?
    let parameters: GnocchiParameters
    let context: PublisherContext

    func response(to request: GnocchiRequest) async throws(GnocchiFailure) -> TransferResponse {
        var retries = parameters.maxRetries
        while true {
            do throws(TransferError) {
                return try await context.transfer.perform(transfer(request))
            } catch {
                guard retries > 0, HTTPDelivery.isWorthRepeatingAtOnce(error) else {
                    throw GnocchiFailure(
                        delivery: judge(request).outcome(of: error),
                        isSlow: error.code == .timeout && error.wasSent)
                }
                retries -= 1
            }
        }
    }

    var present: Timestamp { context.now() }

    /// Without Keystone the parameter is taken for an id, since nobody can tell the id of a name.
    func filteredProject() async throws(GnocchiFailure) -> String? {
        parameters.filter?.isExplicit == true ? parameters.filter?.project : nil
    }

    func creator() async throws(GnocchiFailure) -> String? {
        credentials?.user
    }

    func judge(_ request: GnocchiRequest) -> HTTPDelivery {
        HTTPDelivery(
            method: request.method.rawValue, target: url + request.path, credentials: credentials)
    }

    private func transfer(_ request: GnocchiRequest) -> TransferRequest {
        var transfer = TransferRequest(request.method, url + request.path, body: request.body)
        transfer.headers = [
            TransferHeader("User-Agent", "aerostat/\(context.version)"),
            // Otherwise errors come as HTML.
            TransferHeader("Accept", "application/json"),
        ]
        if request.body != nil { transfer.headers.append(TransferHeader("Content-Type", "application/json")) }
        transfer.timeout = parameters.timeout
        transfer.connectTimeout = parameters.timeout
        transfer.tls = parameters.tls
        transfer.credentials = credentials
        transfer.maximumBodyBytes = GnocchiRequest.maximumBodyBytes
        transfer.needsBody = request.needsBody
        return transfer
    }
}
