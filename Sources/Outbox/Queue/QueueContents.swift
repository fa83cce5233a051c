/// What a queue, or a part of one, holds.
struct QueueContents: Sendable, Hashable {
    var payloads = 0
    var samples = 0
    /// As they are kept: compressed.
    var bytes = 0
}

extension QueueContents {
    init(_ payload: PackedPayload) {
        self.init(payloads: 1, samples: payload.samples, bytes: payload.frame.count)
    }

    static func + (a: QueueContents, b: QueueContents) -> QueueContents {
        QueueContents(payloads: a.payloads + b.payloads, samples: a.samples + b.samples, bytes: a.bytes + b.bytes)
    }

    static func += (a: inout QueueContents, b: QueueContents) { a = a + b }

    /// Never below nothing: an operator may have taken payloads away meanwhile.
    static func -= (a: inout QueueContents, b: QueueContents) {
        a.payloads = max(0, a.payloads - b.payloads)
        a.samples = max(0, a.samples - b.samples)
        a.bytes = max(0, a.bytes - b.bytes)
    }
}
