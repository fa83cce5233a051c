import Telemetry

/// Notices when old payloads are delivered, and of what time they were. Gnocchi answers 202 to a point that is older
/// than an archive policy's `back_window` allows, and drops it; so an operator should know when points came late.
struct ReplaySpan: Sendable, Hashable {
    /// What is delivered later than this after it was taken is a replay.
    static let late: Int64 = 10 * 60 * 1_000_000

    private var open: Span?

    /// Samples that were delivered late.
    struct Span: Sendable, Hashable {
        var first: Timestamp
        var last: Timestamp
        var samples: Int
        /// When the first of them was delivered.
        let began: Timestamp
    }

    /// A payload was delivered. Returns what was replayed, once a payload is not late any more.
    mutating func delivered(samples: Int, from first: Timestamp, to last: Timestamp, now: Timestamp) -> Span? {
        if now.microseconds - last.microseconds > Self.late {
            var span = open ?? Span(first: first, last: last, samples: 0, began: now)
            span.first = min(span.first, first)
            span.last = max(span.last, last)
            span.samples += samples
            open = span
            return nil
        }
        defer { open = nil }
        return open
    }
}
