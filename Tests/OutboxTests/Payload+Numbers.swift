import Compression
import Fuzzing
import Telemetry

@testable import Outbox

extension Payload {
    /// A payload of samples that are only numbers, taken at that many seconds. It takes `size` bytes on the disk: what
    /// fills it cannot be compressed.
    init(_ numbers: Range<Int>, size: Int = 64) {
        let head = Array("\(numbers.lowerBound) \(numbers.upperBound) ".utf8)
        // A frame's own bytes (RFC 8878): more for a content of 256 and more.
        let body = size - 13 < 256 ? size - 13 : size - 14
        var random = SplitMix(seed: numbers.lowerBound)
        var content = head
        while content.count < body { withUnsafeBytes(of: random.next()) { content += $0 } }
        self.init(
            body: Array(content.prefix(max(body, head.count))), samples: numbers.count,
            first: Timestamp(seconds: Int64(numbers.lowerBound)),
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

    /// The bytes that it takes on the disk.
    var size: Int { Zstandard.Compressor().compress(body).count }
}

/// Ranges of one number each.
func singles(_ numbers: some Sequence<Int>) -> [Range<Int>] {
    numbers.map { $0..<($0 + 1) }
}
