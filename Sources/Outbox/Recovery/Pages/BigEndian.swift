// The numbers of a database file. Every offset is checked: nothing in a damaged file can be believed.
extension [UInt8] {
    /// Two bytes as a number; 0 behind the end.
    func half(at offset: Int) -> UInt16 {
        guard offset >= 0, offset + 2 <= count else { return 0 }
        return UInt16(self[offset]) << 8 | UInt16(self[offset + 1])
    }

    /// Four bytes as a number; 0 behind the end.
    func word(at offset: Int) -> UInt32 {
        UInt32(half(at: offset)) << 16 | UInt32(half(at: offset + 2))
    }

    /// A number of variable length, and where it ends; `nil` if it does not end before `end`.
    func varint(at offset: Int, before end: Int) -> (value: UInt64, end: Int)? {
        var value: UInt64 = 0
        for index in 0..<9 {
            let position = offset + index
            guard position >= 0, position < Swift.min(end, count) else { return nil }
            // All eight bits of the ninth.
            if index == 8 { return (value << 8 | UInt64(self[position]), position + 1) }
            value = value << 7 | UInt64(self[position] & 0x7F)
            if self[position] < 0x80 { return (value, position + 1) }
        }
        return nil
    }

    /// A signed number of so many bytes; `nil` if they are not there.
    func integer(at offset: Int, bytes: Int, before end: Int) -> Int64? {
        guard offset >= 0, bytes > 0, offset + bytes <= Swift.min(end, count) else { return nil }
        let unsigned = self[offset..<offset + bytes].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let unused = UInt64(64 - 8 * bytes)
        return Int64(bitPattern: unsigned << unused) >> Int64(unused)
    }
}
