import Foundation
import Fuzzing
import Telemetry
import Testing

/// Ids against RFC 9562, section 5.1 (version 1) and 6.10 (random nodes).
struct SampleIDTests {
    /// The 60-bit time of a version 1 id, in 100 ns since 1582-10-15.
    private func ticks(_ id: SampleID) throws -> UInt64 {
        let parts = id.description.split(separator: "-")
        try #require(parts.count == 5)
        return try #require(UInt64(parts[2].dropFirst() + parts[1] + parts[0], radix: 16))
    }

    /// RFC 9562, appendix A.1. The node's multicast bit happens to be set, as it is in all of ours.
    @Test func theStandardsExample() throws {
        var sequence = SampleIDSequence(random: 0x33C8_9F6B_DECE_D846)
        let time = try #require(Timestamp("2022-02-22T19:22:22Z"))
        #expect(sequence.next(at: time).description == "c232ab00-9414-11ec-b3c8-9f6bdeced846")
    }

    @Test func halvesAreWrittenInOrder() {
        let id = SampleID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
        #expect(id.description == "01234567-89ab-cdef-fedc-ba9876543210")
        #expect(SampleID(high: 0, low: 0).description == "00000000-0000-0000-0000-000000000000")
    }

    @Test(arguments: 0..<50)
    func versionVariantAndNode(seed: Int) throws {
        var random = SplitMix(seed: seed)
        let edges: [UInt64] = [0, .max]
        var sequence = SampleIDSequence(random: seed < edges.count ? edges[seed] : random.next())
        let time = Timestamp(microseconds: Int64.random(in: 0...4_000_000_000_000_000, using: &random))
        let id = sequence.next(at: time)
        let text = Array(id.description)
        #expect(text.count == 36)
        #expect(UUID(uuidString: id.description)?.uuidString.lowercased() == id.description)
        #expect(text[14] == "1", "version")
        #expect("89ab".contains(text[19]), "variant")
        let firstOctet = try #require(UInt8(String(text[24...25]), radix: 16))
        #expect(firstOctet & 1 == 1, "the multicast bit of a random node")
        // 122192928000000000 = 100 ns intervals from 1582-10-15 to 1970-01-01 (RFC 9562, section 5.1).
        #expect(try ticks(id) == UInt64(time.microseconds) * 10 + 122_192_928_000_000_000)
    }

    /// Whatever the clock does, ids ascend by their time, and so never repeat.
    @Test(arguments: 0..<10)
    func idsAscendAlsoWhenTheClockStepsBack(seed: Int) throws {
        var random = SplitMix(seed: seed)
        var sequence = SampleIDSequence(random: random.next())
        var micros: Int64 = 1_795_370_400_000_000
        var last: UInt64 = 0
        var seen: Set<String> = []
        for _ in 0..<2000 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0: micros -= Int64.random(in: 0...3_600_000_000, using: &random)
            case 1...5: break
            default: micros += Int64.random(in: 0...10, using: &random)
            }
            let id = sequence.next(at: Timestamp(microseconds: micros))
            let now = try ticks(id)
            #expect(now > last)
            #expect(seen.insert(id.description).inserted)
            last = now
        }
    }

    @Test func momentsBefore1970MakeIdsToo() throws {
        var sequence = SampleIDSequence()
        let first = sequence.next(at: Timestamp(microseconds: .min))
        let second = sequence.next(at: Timestamp(microseconds: -1))
        #expect(try ticks(first) < ticks(second))
    }

    @Test func sequencesDifferAtTheSameMoment() {
        let time = Timestamp(microseconds: 1_795_370_400_000_000)
        let ids = (0..<100).map { _ in
            var sequence = SampleIDSequence()
            return sequence.next(at: time)
        }
        #expect(Set(ids).count == ids.count)
    }
}
