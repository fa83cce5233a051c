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

    /// Makes a new database of what a damaged one still gives, and puts it in its place. Blocks. `above` is a row number
    /// that the new one must not use again, `known` are the identities of the publishers that there are. If this fails,
    /// the damaged one is where it was, or the swap is unfinished.
    static func recover(path: String, at now: Timestamp, above: Int64, known: Set<String>) throws -> Outcome {
        let swap = DatabaseSwap(path: path, at: now)
        try swap.removeFilling()
        var found = (recovered: 0, unreadable: 0, newest: Int64(0))
        do {
            let store = try PayloadStore(path: swap.filling)
            try store.fill(above: above) { add in
                found = try rescue(from: path, keptAs: swap.aside, known: known, add)
                return found.newest
            }
            try store.close()
            try swap.complete()
        } catch {
            try swap.removeFilling()
            throw error
        }
        try swap.end()
        return Outcome(
            store: try PayloadStore(path: path), path: swap.aside, recovered: found.recovered,
            unreadable: found.unreadable)
    }

    /// Gives every payload that can still be read, and counts those of queues. SQLite is not asked: what it does not see
    /// any more may be there all the same, and what it sees may have been removed.
    static func rescue(
        from path: String, keptAs aside: String, known: Set<String>, _ add: (Rescued) throws -> Bool
    ) throws -> (recovered: Int, unreadable: Int, newest: Int64) {
        var found = (recovered: 0, unreadable: 0, newest: Int64(0))
        guard let file = try DatabaseFile(path: path) else { return found }
        let pages = PagesInUse(file)
        let names = QueueNames(file, pages, known: known)
        let name = URL(filePath: aside).lastPathComponent
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
