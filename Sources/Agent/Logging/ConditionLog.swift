/// Decides when a condition that lasts is worth a line: when it begins, when it gets another cause, every hour, and when
/// it ends. Times are durations since any fixed moment, and never go back.
///
/// Each cause is told once in an episode and at most one a minute, so that a condition whose causes take turns makes no
/// flood. Causes that differ in their numbers alone are one.
struct ConditionLog {
    private var held: [String: Episode] = [:]

    private struct Episode {
        var detail: String
        let began: Duration
        /// When it was told last, hourly or at its beginning.
        var told: Duration
        /// When a cause was told last.
        var causeTold: Duration
        /// The causes that were told, without their numbers.
        var causes: Set<String>
        var count: Int
    }

    /// How many causes of an episode are told.
    private static let causes = 20

    /// A line to be logged.
    enum Line: Equatable {
        /// It begins.
        case began(String)
        /// It goes on, for another reason than those told so far. It has lasted so long, and was met so many times.
        case changed(String, for: Duration, count: Int)
        /// It has lasted so long, and was met so many times.
        case lasts(String, for: Duration, count: Int)
        /// It is over.
        case ended(after: Duration, count: Int)

        /// The condition's words; of one that is over there are none.
        var detail: String {
            switch self {
            case .began(let detail), .changed(let detail, _, _), .lasts(let detail, _, _): detail
            case .ended: ""
            }
        }
    }

    /// The condition `key` holds, described by `detail`.
    mutating func hold(_ key: String, _ detail: String, at now: Duration) -> Line? {
        guard var episode = held[key] else {
            held[key] = Episode(
                detail: detail, began: now, told: now, causeTold: now, causes: [Self.cause(detail)], count: 1)
            return .began(detail)
        }
        episode.count += 1
        episode.detail = detail
        defer { held[key] = episode }
        let cause = Self.cause(detail)
        if now - episode.told >= .seconds(3600) {
            episode.told = now
            episode.causeTold = now
            if episode.causes.count < Self.causes { episode.causes.insert(cause) }
            return .lasts(detail, for: now - episode.began, count: episode.count)
        }
        guard now - episode.causeTold >= .seconds(60), episode.causes.count < Self.causes,
            episode.causes.insert(cause).inserted
        else { return nil }
        episode.causeTold = now
        return .changed(detail, for: now - episode.began, count: episode.count)
    }

    /// The words without the numbers in them, which change from time to time.
    private static func cause(_ detail: String) -> String {
        var cause = ""
        for scalar in detail.unicodeScalars {
            let isDigit = ("0"..."9").contains(scalar)
            if !isDigit { cause.unicodeScalars.append(scalar) } else if cause.last != "#" { cause.append("#") }
        }
        return cause
    }

    /// The condition `key` does not hold.
    mutating func clear(_ key: String, at now: Duration) -> Line? {
        guard let episode = held.removeValue(forKey: key) else { return nil }
        return .ended(after: now - episode.began, count: episode.count)
    }

    /// The conditions that hold, with their words.
    var current: [String: String] { held.mapValues(\.detail) }
}
