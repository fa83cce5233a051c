import Telemetry

@testable import Outbox

extension Payload {
    /// A payload of samples that are only numbers, taken at that many seconds.
    init(_ numbers: Range<Int>, size: Int = 64) {
        let head = Array("\(numbers.lowerBound) \(numbers.upperBound) ".utf8)
        self.init(
            body: head + [UInt8](repeating: UInt8(ascii: "x"), count: max(0, size - head.count)),
            samples: numbers.count, first: Timestamp(seconds: Int64(numbers.lowerBound)),
            last: Timestamp(seconds: Int64(numbers.upperBound - 1)))
    }

    /// A payload of one sample.
    init(_ number: Int, size: Int = 64) {
        self.init(number..<(number + 1), size: size)
    }

    /// The numbers in it; empty if the bytes are not those of such a payload.
    var numbers: Range<Int> {
        let words = body.split(separator: UInt8(ascii: " "), maxSplits: 2).prefix(2).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard words.count == 2, let lower = Int(words[0]), let upper = Int(words[1]), lower < upper else {
            return 0..<0
        }
        return lower..<upper
    }
}

/// Ranges of one number each.
func singles(_ numbers: some Sequence<Int>) -> [Range<Int>] {
    numbers.map { $0..<($0 + 1) }
}
