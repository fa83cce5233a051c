public import Telemetry

/// What happens in the outbox that an operator should know: one event an episode, not one a payload.
public enum OutboxEvent: Sendable, Hashable {
    /// A queue's receiver takes nothing any more.
    case outageBegan(queue: String, reason: String)
    /// A queue's receiver takes payloads again.
    case outageEnded(queue: String, attempts: Int)
    /// A receiver refuses us (credentials, or a URL that has moved); told at each try.
    case refused(queue: String, reason: String)
    /// A payload was put aside for good.
    case quarantined(queue: String, samples: Int, reason: String)
    /// A queue is full or too old, and begins to lose its oldest payloads.
    case droppingBegan(queue: String, why: DropReason)
    /// A queue loses no more: this many samples of this time are gone.
    case dropped(queue: String, samples: Int, first: Timestamp, last: Timestamp)
    /// The disk takes nothing: payloads are kept in memory.
    case diskFailed(reason: String)
    /// The disk takes payloads again.
    case diskRecovered
    /// The database was damaged: it was moved to `path`, and `recovered` payloads were saved from it. `unreadable` more
    /// were found but were not what had been written; others may not have been found.
    case databaseDamaged(path: String, reason: String, recovered: Int, unreadable: Int)

    /// Why a payload was dropped.
    public enum DropReason: String, Sendable {
        /// `outbox_max_bytes`.
        case bytes = "outbox_max_bytes"
        /// `outbox_max_age`.
        case age = "outbox_max_age"
        /// `outbox_max_bytes`, by what was put aside.
        case quarantine = "outbox_max_bytes, by payloads that were put aside,"
        /// The memory queue, while the disk fails.
        case memory = "the memory queue's limit"
        /// A payload's bytes changed in memory.
        case damage = "damage to memory"
    }
}
