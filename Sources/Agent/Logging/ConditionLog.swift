/// Decides when a condition that lasts is worth a line: when it begins, every hour, and when it
/// ends. Times are durations since any fixed moment, and never go back.
struct ConditionLog {
    private var held: [String: Episode] = [:]

    private struct Episode {
        var detail: String
        let began: Duration
        var told: Duration
        var count: Int
    }

    /// A line to be logged.
    enum Line: Equatable {
        /// It begins.
        case began(String)
        /// It has lasted so long, and was met so many times.
        case lasts(String, for: Duration, count: Int)
        /// It is over.
        case ended(after: Duration, count: Int)

        /// The condition's words; of one that is over there are none.
        var detail: String {
            switch self {
            case .began(let detail), .lasts(let detail, _, _): detail
            case .ended: ""
            }
        }
    }

    /// The condition `key` holds, described by `detail`.
    mutating func hold(_ key: String, _ detail: String, at now: Duration) -> Line? {
        guard var episode = held[key] else {
            held[key] = Episode(detail: detail, began: now, told: now, count: 1)
            return .began(detail)
        }
        episode.count += 1
        episode.detail = detail
        defer { held[key] = episode }
        guard now - episode.told >= .seconds(3600) else { return nil }
        episode.told = now
        return .lasts(detail, for: now - episode.began, count: episode.count)
    }

    /// The condition `key` does not hold.
    mutating func clear(_ key: String, at now: Duration) -> Line? {
        guard let episode = held.removeValue(forKey: key) else { return nil }
        return .ended(after: now - episode.began, count: episode.count)
    }

    /// The conditions that hold, with their words.
    var current: [String: String] { held.mapValues(\.detail) }
}
