import Telemetry

/// How much may wait. The oldest is dropped first, and every drop is counted.
public struct OutboxLimits: Sendable, Hashable {
    /// Bytes of payloads that one queue may hold: `[aerostat] outbox_max_bytes`.
    public var maxBytes: Int
    /// How long a payload may wait: `[aerostat] outbox_max_age`; `nil` for no limit.
    public var maxAge: Duration?
    /// Bytes of payloads that one queue may hold in memory while the disk takes none.
    public var maxMemoryBytes: Int
    /// How long what is in memory waits for something older on a disk that cannot be read.
    var patience = Duration.seconds(10)
    /// How long anything waits for the disk. After that it counts as hanging, and memory serves until it answers.
    var diskPatience = Duration.seconds(2)
    /// How long an agent's start waits for the disk.
    var openPatience = Duration.seconds(3)
    /// After how many rejections in a row, without an acceptance, the receiver is to blame; `nil`: never.
    var rejectionsInARow: Int? = 3
    /// How long nothing must have been dropped for an episode of losses to be over.
    var calm = Duration.seconds(60)

    /// Limits of those sizes.
    public init(maxBytes: Int, maxAge: Duration?, maxMemoryBytes: Int = 64 << 20) {
        self.maxBytes = maxBytes
        self.maxAge = maxAge
        self.maxMemoryBytes = maxMemoryBytes
    }
}
