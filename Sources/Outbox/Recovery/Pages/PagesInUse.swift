/// The pages of a damaged database that hold what is there, and not what is left of rows that are gone: a payload that
/// was delivered must not come back.
///
/// There are three witnesses, and each may be damaged: the pointer map, the list of free pages, and the trees. A page is
/// in use if more say so than deny it, so that no single page's damage can hide another page, or bring one back.
struct PagesInUse {
    /// Those with rows of tables.
    private(set) var tableLeaves: [Int] = []
    /// Those with entries of indices.
    private(set) var indexPages: [Int] = []

    /// Looks through a database. Reads the pages of its trees twice.
    init(_ file: DatabaseFile) {
        let map = PointerMap(file)
        let free = FreeList(file)
        let trees = Trees(file, map)
        for number in stride(from: 3, through: file.pageCount, by: 1) where !map.isOwn(number) {
            let votes = [map.vote(on: number), free.vote(on: number), trees.vote(on: number)]
            // Where nobody is left to say anything, what can be read is taken: it may have been delivered, but to lose
            // it would be worse.
            let isUnknown = votes == [0, 0, 0] && map.isLost(for: number)
            guard votes.reduce(0, +) > 0 || isUnknown, let bytes = file.page(number) else { continue }
            switch BTreePage.kind(bytes, number: number) {
            case .tableLeaf: tableLeaves.append(number)
            case .indexLeaf, .indexInterior: indexPages.append(number)
            case .tableInterior, nil: break
            }
        }
    }
}
