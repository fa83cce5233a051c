import Telemetry

/// A payload that its receiver will never take, kept aside.
struct QuarantinedPayload: Sendable {
    let packed: PackedPayload
    /// When it was quarantined.
    let at: Timestamp
    /// The receiver's answer.
    let reason: String
}
