/// A page of a table or an index (sqlite.org/fileformat2.html, "B-tree Pages"), as far as it can be read.
struct BTreePage {
    enum Kind: UInt8 {
        case indexInterior = 0x02
        case tableInterior = 0x05
        case indexLeaf = 0x0A
        case tableLeaf = 0x0D

        var isInterior: Bool { self == .indexInterior || self == .tableInterior }
    }

    /// A row or an index's entry.
    struct Cell {
        /// The row's number; 0 in an index.
        let rowID: Int64
        /// How many bytes its record has.
        let size: Int
        /// Those of them that are on the page.
        let local: Range<Int>
        /// The page that has more of them.
        let overflow: Int?
    }

    let kind: Kind
    /// The rows of a table's leaf, or the entries of an index's page.
    private(set) var cells: [Cell] = []
    /// The pages below an interior one.
    private(set) var children: [Int] = []

    /// What a page may be; `nil` if it is of no tree.
    static func kind(_ bytes: [UInt8], number: Int) -> Kind? {
        bytes.count == DatabaseFile.pageSize ? Kind(rawValue: bytes[start(number)]) : nil
    }

    /// Reads a page; `nil` if it is of no tree. Only what the page's own list of cells names is taken, and of that
    /// nothing that lies in space that was given back: if the list's length is damaged, it is a row that was removed.
    init?(_ bytes: [UInt8], number: Int) {
        guard let kind = Self.kind(bytes, number: number) else { return nil }
        self.kind = kind
        let start = Self.start(number)
        let list = start + (kind.isInterior ? 12 : 8)
        let content = Int(bytes.half(at: start + 5))
        let room = (content > list ? min(content, bytes.count) : bytes.count) - list
        let free = Self.freeBlocks(bytes, from: start + 1)
        if kind.isInterior { children.append(Int(bytes.word(at: start + 8))) }
        var seen: Set<Int> = []
        for index in 0..<min(Int(bytes.half(at: start + 3)), room / 2) {
            let offset = Int(bytes.half(at: list + 2 * index))
            guard offset >= list, offset >= content, offset < bytes.count, seen.insert(offset).inserted,
                !free.contains(where: { $0.contains(offset) })
            else { continue }
            add(cellAt: offset, bytes)
        }
    }

    private mutating func add(cellAt offset: Int, _ bytes: [UInt8]) {
        var offset = offset
        if kind.isInterior {
            children.append(Int(bytes.word(at: offset)))
            offset += 4
        }
        guard kind != .tableInterior, let size = bytes.varint(at: offset, before: bytes.count),
            size.value <= UInt64(DatabaseRecord.longest)
        else { return }
        var rowID: Int64 = 0
        offset = size.end
        if kind == .tableLeaf {
            guard let id = bytes.varint(at: offset, before: bytes.count) else { return }
            rowID = Int64(bitPattern: id.value)
            offset = id.end
        }
        let count = Self.localSize(of: Int(size.value), isTable: kind == .tableLeaf)
        let isWhole = count == size.value
        guard offset + count + (isWhole ? 0 : 4) <= bytes.count else { return }
        cells.append(
            Cell(
                rowID: rowID, size: Int(size.value), local: offset..<offset + count,
                overflow: isWhole ? nil : Int(bytes.word(at: offset + count))))
    }

    /// The file's header stands on its first page.
    private static func start(_ number: Int) -> Int { number == 1 ? 100 : 0 }

    /// How many bytes of a record stand on its page ("Cell Payload Overflow Pages").
    private static func localSize(of size: Int, isTable: Bool) -> Int {
        let usable = DatabaseFile.pageSize
        let most = isTable ? usable - 35 : (usable - 12) * 64 / 255 - 23
        guard size > most else { return size }
        let least = (usable - 12) * 32 / 255 - 23
        let fitting = least + (size - least) % (usable - 4)
        return fitting <= most ? fitting : least
    }

    /// The space on a page that was given back.
    private static func freeBlocks(_ bytes: [UInt8], from offset: Int) -> [Range<Int>] {
        var blocks: [Range<Int>] = []
        var block = Int(bytes.half(at: offset))
        // They are in order, so that a damaged chain ends.
        while block > blocks.last?.lowerBound ?? 0, block + 4 <= bytes.count {
            let size = Int(bytes.half(at: block + 2))
            guard size >= 4, block + size <= bytes.count else { break }
            blocks.append(block..<block + size)
            block = Int(bytes.half(at: block))
        }
        return blocks
    }
}
