import Telemetry

/// What was dropped of a queue.
struct DroppedPayloads: Sendable, Hashable {
    var contents: QueueContents
    var first: Timestamp
    var last: Timestamp

    init(_ contents: QueueContents, first: Timestamp, last: Timestamp) {
        self.contents = contents
        self.first = first
        self.last = last
    }

    init(_ payload: PackedPayload) {
        self.init(QueueContents(payload), first: payload.first, last: payload.last)
    }

    static func += (a: inout DroppedPayloads, b: DroppedPayloads) {
        a.contents += b.contents
        a.first = min(a.first, b.first)
        a.last = max(a.last, b.last)
    }
}
