public import Telemetry

/// What happens in the outbox that an operator should know: one event an episode, not one a payload.
public enum OutboxEvent: Sendable, Hashable {
    /// A queue's receiver takes nothing any more.
    case outageBegan(queue: String, reason: String)
    /// A queue's receiver still takes nothing; told at each attempt.
    case outageLasts(queue: String, reason: String)
    /// A queue's receiver takes payloads again.
    case outageEnded(queue: String, attempts: Int)
    /// A receiver refuses us (credentials, or a URL that has moved); told at each try.
    case refused(queue: String, reason: String)
    /// A receiver has taken a queue's first payload since the start.
    case firstDelivery(queue: String, samples: Int)
    /// A payload was refused for good, and is in quarantine.
    case quarantined(queue: String, samples: Int, reason: String)
    /// A queue is full or too old, and begins to lose its oldest payloads.
    case droppingBegan(queue: String, why: DropReason)
    /// A queue goes on losing its oldest payloads: this many samples since it began.
    case droppingLasts(queue: String, why: DropReason, samples: Int)
    /// A queue no longer loses anything: this many samples of this time are gone.
    case dropped(queue: String, samples: Int, first: Timestamp, last: Timestamp)
    /// The disk takes nothing: payloads are kept in memory.
    case diskFailed(reason: String)
    /// The disk still takes nothing; told at each attempt.
    case diskFailureLasts(reason: String)
    /// The state directory, or a file in it, is no longer the one that was opened. `carried` payloads were taken from the old
    /// one into the new one.
    case stateReplaced(path: String, reason: String, carried: Int)
    /// Another agent has the state directory. It was found out late, as the disk did not answer at the start; this agent
    /// must end.
    case directoryTaken(reason: String)
    /// Payloads for a queue that does not exist were handed over, and are lost: a fault of the program.
    case unknownQueue(String, samples: Int)
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
        /// `outbox_max_bytes`, by what is in quarantine.
        case quarantine = "outbox_max_bytes of refused payloads"
        /// The memory queue, while the disk fails.
        case memory = "the memory queue's limit"
        /// A payload's bytes changed in memory.
        case damage = "damage to memory"
    }
}
