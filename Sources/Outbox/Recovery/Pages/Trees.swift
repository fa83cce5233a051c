/// The pages that tables and indices lead to.
struct Trees {
    private var reached: Set<Int> = []
    /// Whether every tree could be followed, and the pointer map agrees with it.
    private(set) var isSound = true

    /// Follows the trees, from the roots that the schema names, and from all that the pointer map has for pages of trees:
    /// one interior page that is damaged must not hide those below it.
    init(_ file: DatabaseFile, _ map: PointerMap) {
        var pending = map.treePages
        for page in pending where map.use(of: page) == .root { reached.insert(page) }
        if let bytes = file.page(1), BTreePage.kind(bytes, number: 1) != nil {
            pending.append(1)
        } else {
            isSound = false
        }
        var read: Set<Int> = []
        while let number = pending.popLast() {
            guard read.insert(number).inserted else { continue }
            guard let bytes = file.page(number), let kind = BTreePage.kind(bytes, number: number) else {
                isSound = false
                continue
            }
            // Leaves lead nowhere; but the schema's, to the roots.
            guard kind.isInterior || number == 1, let page = BTreePage(bytes, number: number) else { continue }
            for child in page.children where reach(child, of: number, file, map) { pending.append(child) }
            for root in number == 1 ? Self.roots(page, bytes) : [] where reach(root, of: 0, file, map) {
                pending.append(root)
            }
        }
    }

    private mutating func reach(_ page: Int, of parent: Int, _ file: DatabaseFile, _ map: PointerMap) -> Bool {
        guard page > 1, page <= file.pageCount else {
            isSound = false
            return false
        }
        if map.use(of: page) != (parent == 0 ? .root : .tree) || map.parent(of: page) != parent { isSound = false }
        reached.insert(page)
        return true
    }

    /// `sqlite_schema` is (type, name, tbl_name, rootpage, sql).
    private static func roots(_ page: BTreePage, _ bytes: [UInt8]) -> [Int] {
        page.cells.compactMap { cell in
            DatabaseRecord(bytes, local: cell.local, size: cell.size)?.integer(3).flatMap { Int(exactly: $0) }
        }.filter { $0 > 0 }
    }

    /// 1 if a tree leads to a page, -1 if none does, 0 if a tree that could not be followed may.
    func vote(on page: Int) -> Int {
        if reached.contains(page) { return 1 }
        return isSound ? -1 : 0
    }
}
