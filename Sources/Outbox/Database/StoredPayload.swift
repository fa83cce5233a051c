/// A payload in a queue.
struct StoredPayload: Sendable {
    /// Its row; negative in memory.
    let id: Int64
    /// Its place in its queue.
    let position: Double
    let packed: PackedPayload
}
