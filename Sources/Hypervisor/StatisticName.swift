/// Walks over a parameter's name, such as `block.0.rd.bytes`, without making strings of its parts.
struct StatisticName {
    private var rest: UnsafeBufferPointer<UInt8>

    init(_ name: UnsafeBufferPointer<UInt8>) {
        rest = name
    }

    /// Steps over `prefix` if the name goes on with it.
    mutating func skip(_ prefix: StaticString) -> Bool {
        let count = prefix.utf8CodeUnitCount
        guard rest.count >= count else { return false }
        for offset in 0..<count where rest[offset] != prefix.utf8Start[offset] { return false }
        rest = UnsafeBufferPointer(rebasing: rest[count...])
        return true
    }

    /// Steps over a number and the dot behind it.
    mutating func skipIndex() -> Int? {
        var value = 0
        var offset = 0
        while offset < rest.count, case let digit = rest[offset], digit >= 0x30, digit <= 0x39 {
            guard offset < 9 else { return nil }
            value = value * 10 + Int(digit - 0x30)
            offset += 1
        }
        guard offset > 0, offset < rest.count, rest[offset] == UInt8(ascii: ".") else { return nil }
        rest = UnsafeBufferPointer(rebasing: rest[(offset + 1)...])
        return value
    }

    /// Whether the rest of the name is exactly `text`.
    func isRest(_ text: StaticString) -> Bool {
        var copy = self
        return copy.skip(text) && copy.rest.isEmpty
    }
}
