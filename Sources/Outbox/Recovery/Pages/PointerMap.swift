/// What each page is for, and which one points to it: the database is one with `auto_vacuum`
/// (sqlite.org/fileformat2.html, "Pointer Map or Ptrmap Pages").
struct PointerMap {
    enum Use: UInt8 {
        case root = 1
        case free = 2
        case overflowBegin = 3
        case overflow = 4
        case tree = 5
    }

    /// How many pages one page of the map tells of.
    private static let entries = DatabaseFile.pageSize / 5

    private var uses: [Use?]
    private var parents: [UInt32]
    /// The pages of the map that tell nothing.
    private var lost: Set<Int> = []

    /// Reads the map.
    init(_ file: DatabaseFile) {
        uses = Array(repeating: nil, count: file.pageCount + 1)
        parents = Array(repeating: 0, count: file.pageCount + 1)
        for number in stride(from: 2, through: file.pageCount, by: Self.entries + 1) {
            let told = number + 1..<max(number + 1, min(number + 1 + Self.entries, file.pageCount + 1))
            let bytes = file.page(number) ?? []
            for (index, page) in told.enumerated() where 5 * index < bytes.count {
                uses[page] = Use(rawValue: bytes[5 * index])
                parents[page] = bytes.word(at: 5 * index + 1)
            }
            if told.count(where: { uses[$0] != nil }) * 2 < told.count { lost.insert(number) }
        }
    }

    /// The pages that are of trees.
    var treePages: [Int] { uses.indices.filter { uses[$0] == .root || uses[$0] == .tree } }

    /// What the map says of a page; `nil` if nothing that could be.
    func use(of page: Int) -> Use? { uses.indices.contains(page) ? uses[page] : nil }

    /// The page that points to a page of a tree.
    func parent(of page: Int) -> Int { parents.indices.contains(page) ? Int(parents[page]) : 0 }

    /// Whether a page is one of the map's own.
    func isOwn(_ page: Int) -> Bool { (page - 2) % (Self.entries + 1) == 0 }

    /// Whether the part of the map that would tell of a page is lost.
    func isLost(for page: Int) -> Bool { lost.contains((page - 2) / (Self.entries + 1) * (Self.entries + 1) + 2) }

    /// 1 if a page is in use by a tree, -1 if it is free, 0 if the map does not say.
    func vote(on page: Int) -> Int {
        switch use(of: page) {
        case .root, .tree: 1
        case .free: -1
        case .overflowBegin, .overflow, nil: 0
        }
    }
}
