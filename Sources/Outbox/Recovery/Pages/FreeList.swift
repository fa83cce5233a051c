/// The pages that are free (sqlite.org/fileformat2.html, "The Freelist").
struct FreeList {
    private var pages: Set<Int> = []
    /// Whether it is as long as the header says, and names no page twice.
    private(set) var isSound = false

    /// Reads the list.
    init(_ file: DatabaseFile) {
        guard let header = file.page(1), header.starts(with: Array("SQLite format 3\0".utf8)) else { return }
        let count = Int(header.word(at: 36))
        var trunk = Int(header.word(at: 32))
        while trunk != 0 {
            guard take(trunk, file), let bytes = file.page(trunk) else { return }
            let leaves = Int(bytes.word(at: 4))
            guard leaves <= DatabaseFile.pageSize / 4 - 2 else { return }
            for index in 0..<leaves {
                guard take(Int(bytes.word(at: 8 + 4 * index)), file) else { return }
            }
            trunk = Int(bytes.word(at: 0))
        }
        isSound = pages.count == count
    }

    private mutating func take(_ page: Int, _ file: DatabaseFile) -> Bool {
        page > 1 && page <= file.pageCount && pages.insert(page).inserted
    }

    /// 1 if a page is not free, -1 if it is, 0 if the list cannot be believed.
    func vote(on page: Int) -> Int {
        guard isSound else { return 0 }
        return pages.contains(page) ? -1 : 1
    }
}
