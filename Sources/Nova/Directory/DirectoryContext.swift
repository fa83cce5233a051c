import Keystone
import Telemetry

/// What the parts of a directory share.
struct DirectoryContext: Sendable {
    let nova: NovaClient
    let images: ImageClient
    /// All requests pass it.
    let gate: RequestGate
    let settings: DirectorySettings
    /// The time since any fixed moment; never goes back.
    let now: @Sendable () -> Duration
    /// The time of day.
    let wallClock: @Sendable () -> Timestamp
    let report: @Sendable (ServiceCondition) -> Void

    /// For how long counts what was looked up; `nil`: for ever.
    var validity: Duration? { settings.cacheExpiry == .zero ? nil : settings.cacheExpiry }

    /// Notes a failure in its back-off and tells of it, unless it means no more than that we are being stopped.
    func failed(_ error: KeystoneError, _ topic: ServiceCondition.Topic, _ backoff: inout ServiceBackoff) {
        guard error.code != .cancelled else { return }
        backoff.fail(error, at: now(), fraction: .random(in: 0..<1))
        report(ServiceCondition(topic, "\(error)"))
    }
}
