/// Makes new inputs of old ones.
struct Mutator {
    let dictionary: FuzzDictionary
    /// No input is longer.
    let maximumSize: Int
    private var random: SplitMix

    init(_ dictionary: FuzzDictionary, maximumSize: Int, random: SplitMix) {
        self.dictionary = dictionary
        self.maximumSize = maximumSize
        self.random = random
    }

    /// One of the inputs, changed in one place or a few; often with a part of another.
    mutating func input(from pool: [[UInt8]]) -> [UInt8] {
        var bytes = pool[below(pool.count)]
        // Few changes reach deep, many reach far.
        var changes = 1
        while changes < 12, below(5) < 2 { changes += 1 }
        for _ in 0..<changes { change(&bytes, other: pool[below(pool.count)]) }
        return bytes.count > maximumSize ? Array(bytes.prefix(maximumSize)) : bytes
    }

    private mutating func change(_ bytes: inout [UInt8], other: [UInt8]) {
        let at = below(bytes.count + 1)
        switch below(100) {
        case 0..<8: if at < bytes.count { bytes[at] ^= 1 << UInt8(below(8)) }
        case 8..<14: if at < bytes.count { bytes[at] = UInt8(below(256)) }
        case 14..<22: bytes.removeSubrange(range(in: bytes, upTo: 16))
        case 22..<26: bytes.removeSubrange(range(in: bytes, upTo: max(1, bytes.count / 2)))
        case 26..<32: bytes.insert(contentsOf: Array(bytes[range(in: bytes, upTo: 64)]), at: at)
        case 32..<48: bytes.insert(contentsOf: token(), at: at)
        case 48..<60: bytes.replaceSubrange(word(in: bytes, at: at), with: token())
        case 60..<66: bytes.replaceSubrange(word(in: bytes, at: at), with: number())
        case 66..<70: swapLines(&bytes)
        case 70..<74: bytes.removeSubrange(line(in: bytes, at: at))
        case 74..<79:
            bytes.insert(
                contentsOf: Array(other[line(in: other, at: below(other.count + 1))]), at: lineStart(in: bytes, at))
        case 79..<82:
            bytes.insert(contentsOf: [UInt8](repeating: 0x20, count: 1 + below(4)), at: lineStart(in: bytes, at))
        case 82..<87: splice(&bytes, other)
        case 87..<92: bytes.replaceSubrange(range(in: bytes, upTo: 40), with: other[range(in: other, upTo: 80)])
        case 92..<95: bytes.removeSubrange(at...)
        case 95: bytes.insert(contentsOf: [0xEF, 0xBB, 0xBF], at: below(4) == 0 ? at : 0)
        case 96: nest(&bytes, at)
        case 97: lengthen(&bytes, at)
        case 98: repeatLine(&bytes, at)
        default: bytes = bytes.filter { $0 != 0x0D }
        }
    }

    /// The beginning of one and the end of another, at any places.
    private mutating func splice(_ bytes: inout [UInt8], _ other: [UInt8]) {
        bytes.removeSubrange(below(bytes.count + 1)...)
        bytes.append(contentsOf: other[below(other.count + 1)...])
    }

    /// Levels upon levels, closed or not.
    private mutating func nest(_ bytes: inout [UInt8], _ at: Int) {
        guard !dictionary.nesting.isEmpty else { return }
        let (open, close) = dictionary.nesting[below(dictionary.nesting.count)]
        let depth = [2, 8, 65, 257, 1100, 20_000][below(6)]
        let opening = Array([[UInt8]](repeating: open, count: min(depth, maximumSize / max(1, open.count))).joined())
        let closing = Array([[UInt8]](repeating: close, count: min(depth, maximumSize / max(1, close.count))).joined())
        bytes.insert(contentsOf: below(3) == 0 ? opening : opening + closing, at: at)
    }

    /// A word or a letter that goes on and on.
    private mutating func lengthen(_ bytes: inout [UInt8], _ at: Int) {
        let piece = below(2) == 0 ? [UInt8(0x20 + below(95))] : token()
        let count = min([20, 300, 5000, 60_000][below(4)], maximumSize) / max(1, piece.count)
        bytes.insert(contentsOf: Array([[UInt8]](repeating: piece, count: count).joined()), at: at)
    }

    private mutating func repeatLine(_ bytes: inout [UInt8], _ at: Int) {
        let place = line(in: bytes, at: at)
        let count = min([2, 20, 400][below(3)], maximumSize / max(1, place.count))
        bytes.insert(
            contentsOf: Array([[UInt8]](repeating: Array(bytes[place]), count: count).joined()), at: place.lowerBound)
    }

    private mutating func swapLines(_ bytes: inout [UInt8]) {
        let first = line(in: bytes, at: below(bytes.count + 1))
        let second = line(in: bytes, at: below(bytes.count + 1))
        let (low, high) = first.lowerBound <= second.lowerBound ? (first, second) : (second, first)
        guard low.upperBound <= high.lowerBound else { return }
        let (lower, higher) = (Array(bytes[low]), Array(bytes[high]))
        bytes.replaceSubrange(high, with: lower)
        bytes.replaceSubrange(low, with: higher)
    }

    private mutating func token() -> [UInt8] { dictionary.tokens[below(dictionary.tokens.count)] }

    private mutating func number() -> [UInt8] { FuzzDictionary.numbers[below(FuzzDictionary.numbers.count)] }

    private mutating func below(_ count: Int) -> Int {
        Int(truncatingIfNeeded: random.next() >> 33) % count
    }

    private mutating func range(in bytes: [UInt8], upTo length: Int) -> Range<Int> {
        let start = below(bytes.count + 1)
        return start..<min(bytes.count, start + 1 + below(length))
    }

    /// The letters and digits around a place; perhaps none.
    private func word(in bytes: [UInt8], at place: Int) -> Range<Int> {
        func isWord(_ byte: UInt8) -> Bool {
            byte >= 0x80 || byte == 0x5F || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
        }
        var (start, end) = (place, place)
        while start > 0, isWord(bytes[start - 1]) { start -= 1 }
        while end < bytes.count, isWord(bytes[end]) { end += 1 }
        return start..<end
    }

    private func lineStart(in bytes: [UInt8], _ place: Int) -> Int {
        bytes[..<place].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    }

    /// The line that a place is in, with its end.
    private func line(in bytes: [UInt8], at place: Int) -> Range<Int> {
        lineStart(in: bytes, place)..<(bytes[place...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count)
    }
}
