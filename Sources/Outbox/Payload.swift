public import Telemetry

/// What is sent in one piece: bytes that a publisher made from samples, and what they stand for.
public struct Payload: Sendable, Hashable {
    /// The bytes, as the receiver gets them.
    public let body: [UInt8]
    /// How many samples are in them.
    public let samples: Int
    /// When the oldest of the samples was taken.
    public let first: Timestamp
    /// When the newest of the samples was taken.
    public let last: Timestamp

    /// A payload of `samples` samples that were taken between `first` and `last`.
    public init(body: [UInt8], samples: Int, first: Timestamp, last: Timestamp) {
        self.body = body
        self.samples = samples
        self.first = first
        self.last = last
    }
}
