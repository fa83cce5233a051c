/// A sample's id: a version 1 UUID (RFC 9562, section 5.1), as Ceilometer's `uuid.uuid1()` makes them.
public struct SampleID: Sendable, Hashable {
    let high: UInt64
    let low: UInt64

    /// The id with those two halves of a UUID's 128 bits.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

extension SampleID: CustomStringConvertible {
    /// `xxxxxxxx-xxxx-1xxx-xxxx-xxxxxxxxxxxx`, lower case.
    public var description: String {
        var writer = JSONWriter(capacity: 36)
        writer.sampleID(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension JSONWriter {
    /// The id's 36 characters, without quotes.
    public mutating func sampleID(_ id: SampleID) {
        append(upTo: 36) { room in
            room.hexadecimal(id.low, digits: 12)
            room.put("-")
            room.hexadecimal(id.low >> 48, digits: 4)
            room.put("-")
            room.hexadecimal(id.high, digits: 4)
            room.put("-")
            room.hexadecimal(id.high >> 16, digits: 4)
            room.put("-")
            room.hexadecimal(id.high >> 32, digits: 8)
        }
    }
}

/// Makes ids that never repeat within a process: the time in 100 ns, pushed on by one where two would be equal, with a
/// random clock sequence and node (RFC 9562, section 6.10) that tell processes and hosts apart.
public struct SampleIDSequence: Sendable {
    private var ticks: UInt64 = 0
    private let low: UInt64

    /// A sequence with random clock sequence and node.
    public init() {
        var random = SystemRandomNumberGenerator()
        self.init(random: random.next())
    }

    /// A sequence whose clock sequence and node come from the given bits.
    public init(random: UInt64) {
        let variant = (random & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        // The multicast bit says that the node is no network card's address.
        low = variant | 0x0000_0100_0000_0000
    }

    /// The next id, for a sample taken at `time`.
    public mutating func next(at time: Timestamp) -> SampleID {
        // 100 ns intervals between 1582-10-15 and 1970-01-01.
        let now = UInt64(max(0, time.microseconds)) &* 10 &+ 0x01B2_1DD2_1381_4000
        ticks = now > ticks ? now : ticks &+ 1
        let high = (ticks & 0xFFFF_FFFF) << 32 | (ticks >> 32 & 0xFFFF) << 16 | 0x1000 | (ticks >> 48 & 0x0FFF)
        return SampleID(high: high, low: low)
    }
}
