public import Telemetry

/// An instance that is gone for good.
public struct EndedInstance: Sendable, Hashable {
    /// Its UUID.
    public let id: String
    /// When it ended.
    public let at: Timestamp

    /// An instance that ended at that time.
    public init(id: String, at: Timestamp) {
        self.id = id
        self.at = at
    }
}
