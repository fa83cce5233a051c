import Keystone

/// Ids of flavors by their names, from Nova's list of all. Times are durations since any fixed moment, and never go back.
struct FlavorIndex: Sendable {
    /// After this time a list is old; `nil`: never.
    let freshness: Duration?
    /// Between lists because of a name that the last one did not have.
    static let absence = Duration.seconds(300)
    /// How many names are kept that were asked for.
    static let capacity = 1024

    private var all: [String: String] = [:]
    private var listed: Duration?
    private var asked: Set<String> = []
    /// Names that were asked for for the first time after the last list had begun.
    private var unanswered: Set<String> = []
    /// Ids of the names that were asked for.
    private(set) var ids: [String: String] = [:]
    /// Changes whenever `ids` does, and only then.
    private(set) var revision = 0

    init(freshness: Duration?) { self.freshness = freshness }

    /// Those names are wanted. Whether the list is to be fetched.
    mutating func want(_ names: Set<String>, at now: Duration) -> Bool {
        for name in names where asked.count < Self.capacity && asked.insert(name).inserted {
            if all[name] == nil { unanswered.insert(name) }
        }
        update()
        guard !names.isEmpty else { return false }
        guard let listed else { return true }
        if let freshness, now - listed >= freshness { return true }
        if !unanswered.isDisjoint(with: names) { return true }
        return now - listed >= Self.absence && !names.isSubset(of: ids.keys)
    }

    /// Those that no list has answered yet.
    func unanswered(of names: Set<String>) -> Set<String> { unanswered.intersection(names) }

    /// A list that was asked for at `start`, when `names` were unanswered, has come in.
    mutating func apply(_ flavors: [NovaClient.FlavorReference], start: Duration, answering names: Set<String>) {
        listed = start
        all = Dictionary(flavors.map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
        unanswered.subtract(names)
        unanswered.subtract(all.keys)
        update()
    }

    private mutating func update() {
        let now = all.filter { asked.contains($0.key) }
        guard now != ids else { return }
        ids = now
        revision += 1
    }
}
