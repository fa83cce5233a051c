import Fuzzing
import Telemetry
import Testing

/// Volumes as Python writes them (`repr` of int and float, which `json.dumps` uses).
struct VolumeTests {
    private func json(_ volume: Volume) -> String {
        var writer = JSONWriter()
        writer.volume(volume)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Each expectation is the output of Python's `repr`.
    @Test(arguments: [
        (2048, "2048.0"), (0, "0.0"), (-0.0, "-0.0"), (0.1, "0.1"), (123_456_789.125, "123456789.125"),
        (0.0001, "0.0001"), (0.00001, "1e-05"), (1e-7, "1e-07"), (.leastNonzeroMagnitude, "5e-324"),
        (1e15, "1000000000000000.0"),
        (9007199254740992, "9007199254740992.0"), (1e16, "1e+16"), (1e22, "1e+22"), (1.5e300, "1.5e+300"),
    ])
    func floats(number: Double, text: String) {
        #expect(json(.real(number)) == text)
        #expect(Volume.real(number).description == text)
    }

    /// Python turns to exponents at 1e16, not at 2^53.
    @Test(arguments: [(9.1e15, "9100000000000000.0"), (9_999_999_999_999_998, "9999999999999998.0")])
    func largeFloatsWithoutExponent(number: Double, text: String) {
        #expect(json(.real(number)) == text)
    }

    @Test(arguments: 0..<10)
    func everyFloatIsReadBack(seed: Int) {
        var random = SplitMix(seed: seed)
        for _ in 0..<500 {
            let number = Double(bitPattern: random.next())
            guard number.isFinite else { continue }
            #expect(Double(json(.real(number))) == number)
        }
    }

    @Test(arguments: [0, 1, -1, Int128(Int64.max), Int128(Int64.max) + 1, Int128(Int64.min), Int128(Int64.min) - 1])
    func wholeNumbers(number: Int128) {
        #expect(json(.integer(number)) == "\(number)")
        #expect(Volume.integer(number).description == "\(number)")
    }

    /// The sum of a hundred 64-bit counters at their ends keeps every digit.
    @Test func sumsOfCountersKeepTheirDigits() {
        let sum = (0..<100).reduce(into: Int128(0)) { sum, _ in sum += Int128(UInt64.max) }
        #expect(json(.integer(sum)) == "1844674407370955161500")
        #expect(json(.integer(Int128.max)) == "170141183460469231731687303715884105727")
        #expect(json(.integer(Int128.min)) == "-170141183460469231731687303715884105728")
    }

    @Test func countersBeyondDoublesStayExact() {
        #expect(json(.integer(9_007_199_254_740_993)) == "9007199254740993")
    }

    @Test func doubles() {
        #expect(Volume.integer(-3).double == -3)
        #expect(Volume.real(2.5).double == 2.5)
        #expect(Volume.integer(9_007_199_254_740_993).double == 9_007_199_254_740_992)
        for number in [Int128(Int64.max), Int128(Int64.max) + 1, Int128(Int64.min), Int128(Int64.min) - 1, .max, .min] {
            #expect(Volume.integer(number).double == Double(number))
        }
    }

    @Test func onlyFiniteNumbersCanBeSent() {
        #expect(Volume.integer(.max).isFinite)
        #expect(Volume.real(-1e308).isFinite)
        for number in [Double.nan, .infinity, -.infinity] { #expect(!Volume.real(number).isFinite) }
    }
}
