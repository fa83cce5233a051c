public import Telemetry

/// A queue's counters, for the status endpoint. Bytes are those that it takes on the disk: compressed.
public struct QueueSnapshot: Sendable, Hashable {
    /// The publisher's identity.
    public let identity: String
    /// Whether a publisher of the configuration serves it.
    public let isConfigured: Bool
    /// Payloads that wait.
    public let payloads: Int
    /// Samples in them.
    public let samples: Int
    /// Bytes in them.
    public let bytes: Int
    /// When the oldest sample that waits was taken; `nil` if none waits.
    public let oldest: Timestamp?
    /// Payloads of these in memory, as the disk takes none.
    public let inMemory: Int
    /// Payloads that were delivered since the start.
    public let delivered: Int
    /// Attempts since the start.
    public let attempts: Int
    /// When the last attempt began; `nil` if there was none since the start.
    public let lastAttempt: Timestamp?
    /// The time of the next attempt; `nil` while the queue does not wait for its receiver.
    public let nextAttempt: ContinuousClock.Instant?
    /// Payloads in quarantine.
    public let quarantined: Int
    /// Samples in them.
    public let quarantinedSamples: Int
    /// Samples that were dropped since the start.
    public let droppedSamples: Int
    /// Why the last attempt failed; `nil` if it did not.
    public let lastError: String?
}
