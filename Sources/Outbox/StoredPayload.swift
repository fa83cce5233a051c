/// A payload in a queue.
struct StoredPayload: Sendable {
    /// Its row.
    let id: Int64
    /// Its place in its queue.
    let position: Double
    let payload: Payload
}

/// What a queue holds.
struct QueueContents: Sendable, Hashable {
    var payloads = 0
    var samples = 0
    var bytes = 0
}
