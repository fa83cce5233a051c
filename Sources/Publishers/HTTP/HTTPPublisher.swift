import Outbox
import Telemetry
import Transfer

/// Posts samples as JSON (Ceilometer: `ceilometer.publisher.http.HttpPublisher`).
struct HTTPPublisher: Publisher {
    let parameters: HTTPParameters
    private let context: PublisherContext
    private let encoder: HTTPEncoder
    private let delivery: HTTPDelivery

    init(_ parameters: HTTPParameters, context: PublisherContext) {
        self.parameters = parameters
        self.context = context
        encoder = HTTPEncoder(
            batch: parameters.batch, maxSamples: context.maxSamplesPerRequest,
            signature: parameters.isSigned ? MessageSignature(secret: context.telemetrySecret) : nil)
        delivery = HTTPDelivery(target: parameters.target, credentials: parameters.credentials)
    }

    var identity: String { parameters.identity }
    var needsDurability: Bool { true }

    func payloads(for samples: [Sample]) -> HTTPEncoder.Payloads {
        encoder.payloads(for: samples)
    }

    func split(_ payload: Payload) -> (Payload, Payload)? {
        encoder.split(payload)
    }

    func deliver(_ payload: Payload) async -> Delivery {
        var retries = parameters.maxRetries
        while true {
            do throws(TransferError) {
                let response = try await context.transfer.perform(request(payload))
                return delivery.outcome(of: response, payload: payload, now: context.now())
            } catch {
                guard retries > 0, HTTPDelivery.isWorthRepeatingAtOnce(error) else {
                    return delivery.outcome(of: error)
                }
                retries -= 1
            }
        }
    }

    private func request(_ payload: Payload) -> TransferRequest {
        var request = parameters.request(.post, version: context.version)
        request.body = payload.body
        request.needsBody = false
        request.headers.append(TransferHeader("Content-type", "application/json"))
        return request
    }
}

extension HTTPParameters {
    /// A request to the receiver, without a body.
    func request(_ method: TransferRequest.Method, version: String) -> TransferRequest {
        var request = TransferRequest(method, target, headers: [TransferHeader("User-Agent", "aerostat/\(version)")])
        request.timeout = timeout
        request.connectTimeout = timeout
        request.tls = tls
        request.credentials = credentials
        return request
    }
}
