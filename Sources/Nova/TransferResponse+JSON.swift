import Keystone
import Telemetry
import Transfer

extension TransferResponse {
    /// The body as JSON. Throws `badAnswer` if it is none.
    func json(from request: ServiceRequest, service: String) throws(KeystoneError) -> MetadataValue {
        do {
            return try MetadataValue(json: body)
        } catch {
            throw .unexpected(self, from: request, "\(service)'s answer is no JSON: \(error)")
        }
    }
}

extension KeystoneError {
    /// An answer that is not what the API promises.
    static func unexpected(
        _ response: TransferResponse, from request: ServiceRequest, _ detail: String
    ) -> KeystoneError {
        KeystoneError(
            .badAnswer, url: request.path, status: response.status, detail: detail,
            advice: "see what stands between us and the service")
    }
}
