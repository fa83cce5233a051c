/// Writes characters and numbers into a little room, the last first, as the digits of numbers come.
struct LastToFirst {
    private let room: UnsafeMutableBufferPointer<UInt8>
    /// Where what is written begins. It ends with the room.
    private(set) var start: Int

    init(_ room: UnsafeMutableBufferPointer<UInt8>) {
        self.room = room
        start = room.count
    }

    /// An ASCII character.
    mutating func put(_ character: Unicode.Scalar) {
        start -= 1
        room[start] = UInt8(truncatingIfNeeded: character.value)
    }

    /// A number with as many digits as it has.
    mutating func decimal(_ value: UInt64) {
        var rest = value
        repeat {
            start -= 1
            room[start] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
    }

    /// The last digits of a number that is not negative.
    mutating func decimal(_ value: Int64, digits: Int) {
        var rest = UInt64(bitPattern: value)
        for _ in 0..<digits {
            start -= 1
            room[start] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// The last hexadecimal digits of a number.
    mutating func hexadecimal(_ value: UInt64, digits: Int) {
        var rest = value
        for _ in 0..<digits {
            start -= 1
            let digit = UInt8(truncatingIfNeeded: rest) & 15
            room[start] = digit + (digit < 10 ? 0x30 : 0x57)
            rest >>= 4
        }
    }
}
