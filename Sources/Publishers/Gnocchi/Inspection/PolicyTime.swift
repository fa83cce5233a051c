/// A length of time as Gnocchi writes it, in seconds: `0:05:00`, `30 days, 0:00:00`.
struct PolicyTime: Comparable {
    let seconds: Double

    /// 0 for what is none.
    init(_ text: String) {
        let parts = text.split(separator: ", ")
        let days = parts.count > 1 ? parts[0].split(separator: " ").first.flatMap { Double($0) } ?? 0 : 0
        let clock = (parts.last ?? "").split(separator: ":").map { Double($0) ?? 0 }
        seconds = clock.reduce(0) { $0 * 60 + $1 } + days * 86_400
    }

    static func < (left: PolicyTime, right: PolicyTime) -> Bool { left.seconds < right.seconds }
}
