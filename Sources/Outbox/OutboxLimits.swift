import Telemetry

/// How much may wait. The oldest is dropped first, and every drop is counted.
public struct OutboxLimits: Sendable, Hashable {
    /// Bytes of payloads that one queue may hold: `[aerostat] outbox_max_bytes`.
    public var maxBytes: Int
    /// How old a payload's newest sample may be: `[aerostat] outbox_max_age`; `nil` for no limit.
    public var maxAge: Duration?
    /// Bytes of payloads that one queue may hold in memory while the disk takes none.
    public var maxMemoryBytes: Int
    /// How long what is in memory waits for something older on a disk that cannot be read.
    var patience = Duration.seconds(10)

    /// Limits of those sizes.
    public init(maxBytes: Int, maxAge: Duration?, maxMemoryBytes: Int = 64 << 20) {
        self.maxBytes = maxBytes
        self.maxAge = maxAge
        self.maxMemoryBytes = maxMemoryBytes
    }

    /// The moment before which payloads are too old.
    func oldest(at now: Timestamp) -> Timestamp? {
        maxAge.map { Timestamp(microseconds: now.microseconds - Int64($0 / .microseconds(1))) }
    }
}
