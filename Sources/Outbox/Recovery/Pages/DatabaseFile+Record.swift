extension DatabaseFile {
    /// All bytes of a cell's record: those on its page, and those on the pages that are chained to it. `nil` if the
    /// chain does not lead to its end.
    func record(of cell: BTreePage.Cell, on page: [UInt8]) -> [UInt8]? {
        var bytes = Array(page[cell.local])
        var next = cell.overflow
        var seen: Set<Int> = []
        while bytes.count < cell.size {
            guard let number = next, number > 1, seen.insert(number).inserted, overflowReads > 0,
                let page = self.page(number)
            else { return nil }
            overflowReads -= 1
            bytes += page[4..<min(Self.pageSize, 4 + cell.size - bytes.count)]
            next = Int(page.word(at: 0))
        }
        return bytes
    }
}
