import Telemetry

/// A payload that could be read from a damaged database.
struct Rescued {
    /// Where it was.
    enum Place {
        case queue(id: Int64, position: Double)
        case quarantine(id: Int64, at: Timestamp, reason: String)
    }

    let identity: String
    let place: Place
    let packed: PackedPayload
}
