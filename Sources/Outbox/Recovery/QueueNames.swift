/// Whose queues a damaged database has: their identities by the rows of `queue`.
///
/// Each stands there twice, in the table and in the index that keeps identities unique, on two pages.
struct QueueNames {
    private var names: [Int64: String] = [:]

    /// Finds the names. `known` are the identities of the publishers that there are.
    init(_ file: DatabaseFile, _ pages: PagesInUse, known: Set<String>) {
        var fromTable: [Int64: String] = [:]
        var fromIndex: [Int64: String] = [:]
        var used: Set<Int64> = []
        for number in pages.tableLeaves {
            guard let bytes = file.page(number), let page = BTreePage(bytes, number: number) else { continue }
            for row in page.cells.compactMap({ TableRow($0, on: bytes) }) {
                if let queue = row.queue { used.insert(queue) }
                if let identity = row.identity(file, on: bytes) { fromTable[row.id] = identity }
            }
        }
        for number in pages.indexPages {
            guard let bytes = file.page(number), let page = BTreePage(bytes, number: number) else { continue }
            for cell in page.cells {
                guard let entry = DatabaseRecord(bytes, local: cell.local, size: cell.size), entry.columns.count == 2,
                    let id = entry.integer(1), let record = file.record(of: cell, on: bytes),
                    let identity = entry.text(0, in: record)
                else { continue }
                fromIndex[id] = identity
            }
        }
        self.init(fromTable: fromTable, fromIndex: fromIndex, used: used, known: known)
    }

    /// Decides between what the table and the index say. `used` are the rows that payloads name.
    init(fromTable: [Int64: String], fromIndex: [Int64: String], used: Set<Int64>, known: Set<String>) {
        for id in Set(fromTable.keys).union(fromIndex.keys) {
            let (first, second) = (fromTable[id], fromIndex[id])
            if let first, first == second {
                names[id] = first
                continue
            }
            // One of them is damaged. No two queues have the same name, and most have a publisher.
            let candidates = [first, second].compactMap { $0 }
            let own = candidates.filter { name in
                !fromTable.contains { $0.value == name && $0.key != id }
                    && !fromIndex.contains { $0.value == name && $0.key != id }
            }
            names[id] = own.first { known.contains($0) } ?? own.first ?? candidates.first
        }
        // With both gone, one queue and one publisher belong together.
        if names.isEmpty, used.count == 1, known.count == 1, let id = used.first { names[id] = known.first }
    }

    /// A queue's identity; `nil` if it is lost.
    subscript(_ id: Int64) -> String? { names[id] }
}
