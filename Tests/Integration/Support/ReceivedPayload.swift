/// A request with samples, as a collector got it.
struct ReceivedPayload: Sendable {
    let samples: [SampleStamp]
    /// Equal for equal bodies.
    let fingerprint: Int
    let arrived: ContinuousClock.Instant
    let fate: Fate

    enum Fate: Sendable {
        /// The collector took it and answered 200.
        case taken
        /// The collector took it, and its answer told the agent nothing.
        case takenUnheard
        /// The collector took nothing of it.
        case refused
    }
}

/// Which sample it was, and of when.
struct SampleStamp: Sendable, Decodable, Hashable {
    let id: String
    let timestamp: String
}
