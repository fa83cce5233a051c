import Configuration
import Digest
import Telemetry

/// The signature of Ceilometer's metering messages (`ceilometer.publisher.utils.compute_signature`): HMAC-SHA256, with
/// `[publisher] telemetry_secret` as its key, of the names and values of all parts but `message_signature`, one after the
/// other. The parts are in the order of their names; those of a dictionary stand in its place, as `dictionary:part`.
struct MessageSignature: Sendable {
    private let secret: Secret

    init(secret: Secret) {
        self.secret = secret
    }

    /// 64 lower-case hexadecimal digits; empty if the secret is, as in Ceilometer.
    func hexadecimal(of message: MeterMessage) -> String {
        guard !secret.value.isEmpty else { return "" }
        return Digest.hmacSHA256(message.signedText.bytes, key: Array(secret.value.utf8))
    }
}
