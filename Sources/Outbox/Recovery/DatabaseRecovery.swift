import FoundationEssentials
import Telemetry

/// Saves what can be read of a damaged database, which is kept beside the new one.
enum DatabaseRecovery {
    /// What was done.
    struct Outcome: Sendable {
        let store: PayloadStore
        /// Where the damaged file is now.
        let path: String
        /// How many payloads were saved, without those in quarantine.
        let recovered: Int
        /// How many payloads of queues were found, but not as they had been written.
        let unreadable: Int
    }

    /// Moves a damaged database aside and makes a new one of what it still gives. Blocks. `above` is a row number that
    /// the new one must not use again, `known` are the identities of the publishers that there are. If this fails, the
    /// damaged one is where it was.
    static func recover(path: String, at now: Timestamp, above: Int64, known: Set<String>) throws -> Outcome {
        let aside = unused("\(path).damaged-\(now.microseconds / 1_000_000)")
        try move(path, to: aside)
        do {
            let store = try PayloadStore(path: path)
            var found = (recovered: 0, unreadable: 0, newest: Int64(0))
            try store.fill(above: above) { add in
                found = try rescue(from: aside, known: known, add)
                return found.newest
            }
            return Outcome(store: store, path: aside, recovered: found.recovered, unreadable: found.unreadable)
        } catch {
            try remove(path)
            try move(aside, to: path)
            throw error
        }
    }

    private static let suffixes = ["", "-wal", "-shm"]

    private static func unused(_ path: String) -> String {
        var candidate = path
        var count = 1
        while suffixes.contains(where: { FileManager.default.fileExists(atPath: candidate + $0) }) {
            count += 1
            candidate = "\(path)-\(count)"
        }
        return candidate
    }

    private static func remove(_ path: String) throws {
        for suffix in suffixes where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.removeItem(atPath: path + suffix)
        }
    }

    private static func move(_ path: String, to other: String) throws {
        for suffix in suffixes where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.moveItem(atPath: path + suffix, toPath: other + suffix)
        }
    }

    /// Gives every payload that can still be read, and counts those of queues. SQLite is not asked: what it does not see
    /// any more may be there all the same, and what it sees may have been removed.
    static func rescue(
        from path: String, known: Set<String>, _ add: (Rescued) throws -> Bool
    ) throws -> (recovered: Int, unreadable: Int, newest: Int64) {
        var found = (recovered: 0, unreadable: 0, newest: Int64(0))
        guard let file = try DatabaseFile(path: path) else { return found }
        let pages = PagesInUse(file)
        let names = QueueNames(file, pages, known: known)
        let name = URL(filePath: path).lastPathComponent
        for number in pages.tableLeaves {
            guard let bytes = file.page(number), let page = BTreePage(bytes, number: number) else { continue }
            for row in page.cells.compactMap({ TableRow($0, on: bytes) }) {
                if let newest = row.newestPayload(on: bytes) { found.newest = max(found.newest, newest) }
                guard let queue = row.queue else { continue }
                let isWaiting = row.table == .payload
                guard let (place, packed) = row.payload(file, on: bytes),
                    // Nobody serves a queue of such a name; an operator can see what is in it.
                    try add(
                        Rescued(
                            identity: names[queue] ?? "queue \(queue) of \(name), whose name is lost", place: place,
                            packed: packed))
                else {
                    if isWaiting { found.unreadable += 1 }
                    continue
                }
                if isWaiting { found.recovered += 1 }
            }
        }
        return found
    }
}
