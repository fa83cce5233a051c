import Telemetry
package import Transfer

/// What a service of the cloud says about an error.
package enum ServiceMessage {
    /// At most so many characters are shown.
    static let limit = 200

    /// `: "MESSAGE"` from an answer such as `{"error": {"message": …}}` or `{"itemNotFound": {"message": …}}`; nothing if
    /// there is none, or if it repeats a secret.
    package static func excerpt(_ response: TransferResponse, hiding secret: String = "") -> String {
        guard let message = message(response), !message.isEmpty, secret.isEmpty || !message.contains(secret)
        else { return "" }
        return ": \"\(message.prefix(limit))\(message.count > limit ? "…" : "")\"".oneLine
    }

    private static func message(_ response: TransferResponse) -> String? {
        do {
            let answer = try MetadataValue(json: response.body)
            return answer.fields?.lazy.compactMap { $0.value["message"]?.text }.first
        } catch {
            // A proxy's page, or half an answer: it has nothing to say that an operator can use.
            return nil
        }
    }
}
