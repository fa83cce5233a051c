/// Decides whether a payload or its receiver is to blame when the receiver rejects the payload.
///
/// One payload among others that are accepted is to blame, and goes to quarantine. A receiver that rejects several in a
/// row is configured wrongly: then all stay in the queue, and are tried again slowly. Until that is clear a rejected
/// payload keeps its place and is passed over.
struct Suspicion {
    /// The most rejections in a row that it takes to blame the receiver.
    static let lastLimit = 256

    /// A payload that was rejected, and may be good.
    struct Suspect {
        var id: Int64
        let contents: QueueContents
        let reason: String
    }

    /// What is to be done about a payload that was rejected.
    enum Verdict {
        /// It is bad.
        case quarantine
        /// The next one tells more.
        case open
        /// The receiver takes nothing: this many were rejected in a row.
        case receiverRefuses(count: Int)
    }

    /// In the order in which they were rejected.
    private(set) var suspects: [Suspect] = []
    /// Payloads to be tried once more, as the receiver has begun to accept since they were rejected.
    private var retrials: Set<Int64> = []
    private let firstLimit: Int?
    private var limit: Int
    private var hasAccepted = false
    private var isRefusing = false

    /// So many rejections in a row are the receiver's fault; `nil`: each is the payload's. The number doubles with each
    /// round in which nothing was accepted, so that a series of bad payloads cannot stop a queue for ever.
    init(limit: Int?) {
        firstLimit = limit
        self.limit = limit ?? 1
    }

    /// Payloads that are passed over at present.
    var passedOver: Set<Int64> { Set(suspects.map(\.id)) }

    /// The receiver has rejected a payload.
    mutating func rejects(_ suspect: Suspect) -> Verdict {
        if firstLimit == nil || retrials.remove(suspect.id) != nil { return .quarantine }
        suspects.append(suspect)
        guard suspects.count >= limit else { return .open }
        defer {
            suspects = []
            retrials = []
            isRefusing = true
            limit = min(limit * 2, Self.lastLimit)
        }
        return .receiverRefuses(count: suspects.count)
    }

    /// The receiver has accepted a payload: these are to blame themselves.
    mutating func accepts() -> [Suspect] {
        defer {
            suspects = []
            isRefusing = false
            hasAccepted = true
            limit = firstLimit ?? 1
        }
        // What was rejected before the receiver accepted anything may be good.
        guard hasAccepted, !isRefusing else {
            retrials.formUnion(suspects.map(\.id))
            return []
        }
        return suspects
    }

    /// A payload has another number now.
    mutating func renumber(_ old: Int64, _ new: Int64) {
        for index in suspects.indices where suspects[index].id == old { suspects[index].id = new }
        if retrials.remove(old) != nil { retrials.insert(new) }
    }

    /// A payload is gone.
    mutating func forget(_ id: Int64) {
        suspects.removeAll { $0.id == id }
        retrials.remove(id)
    }
}
