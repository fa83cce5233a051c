/// The columns of a row or of an index's entry (sqlite.org/fileformat2.html, "Record Format").
struct DatabaseRecord {
    /// No row takes more; a damaged one may claim any size.
    static let longest = 64 << 20

    enum Column: Hashable {
        case null
        case integer(Int64)
        case real(Double)
        /// Where the bytes are in the record.
        case text(Range<Int>)
        /// Where the bytes are in the record.
        case blob(Range<Int>)
    }

    let columns: [Column]

    /// Reads a record of `size` bytes, of which those at `local` are there. `nil` if it is none, if its columns do not
    /// take exactly its size, if one that is no text or blob is not there, or if it has more columns than any of ours.
    init?(_ bytes: [UInt8], local: Range<Int>, size: Int) {
        guard let header = bytes.varint(at: local.lowerBound, before: local.upperBound),
            header.value <= UInt64(local.count)
        else { return nil }
        let headerEnd = local.lowerBound + Int(header.value)
        var types = header.end
        var content = headerEnd
        let end = local.lowerBound + size
        var columns: [Column] = []
        while types < headerEnd {
            guard columns.count < 9, let type = bytes.varint(at: types, before: headerEnd),
                type.value <= UInt64(2 * Self.longest)
            else { return nil }
            types = type.end
            let kind = Int(type.value)
            let length = kind < 12 ? [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0][kind] : (kind - 12) / 2
            guard kind != 10, kind != 11, content + length <= end else { return nil }
            let range = content - local.lowerBound..<content - local.lowerBound + length
            switch kind {
            case 0: columns.append(.null)
            case 8, 9: columns.append(.integer(Int64(kind - 8)))
            case 1...7:
                guard let value = bytes.integer(at: content, bytes: length, before: local.upperBound) else {
                    return nil
                }
                columns.append(kind == 7 ? .real(Double(bitPattern: UInt64(bitPattern: value))) : .integer(value))
            default: columns.append(kind % 2 == 0 ? .blob(range) : .text(range))
            }
            content += length
        }
        guard types == headerEnd, content == end else { return nil }
        self.columns = columns
    }

    /// A column's whole number.
    func integer(_ index: Int) -> Int64? {
        if index < columns.count, case .integer(let value) = columns[index] { value } else { nil }
    }

    /// A column's number. SQLite writes one without a fraction as a whole one.
    func real(_ index: Int) -> Double? {
        guard index < columns.count else { return nil }
        switch columns[index] {
        case .integer(let value): return Double(value)
        case .real(let value): return value
        default: return nil
        }
    }

    /// A column's text, from the record's bytes. `nil` also if it is no UTF-8.
    func text(_ index: Int, in record: [UInt8]) -> String? {
        guard index < columns.count, case .text(let range) = columns[index], range.upperBound <= record.count else {
            return nil
        }
        return String(validating: record[range], as: UTF8.self)
    }

    /// Where a column's bytes are in the record.
    func blob(_ index: Int) -> Range<Int>? {
        if index < columns.count, case .blob(let range) = columns[index] { range } else { nil }
    }
}
