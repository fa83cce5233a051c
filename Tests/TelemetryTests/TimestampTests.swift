import Fuzzing
import Glibc
import Telemetry
import Testing

/// Timestamps against Python's `isoformat()`, ISO 8601, and glibc's calendar.
struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00"),
        (-1, "1969-12-31T23:59:59.999999"),
        (1, "1970-01-01T00:00:00.000001"),
        (1_795_373_236_072_568, "2026-11-22T18:47:16.072568"),
        (951_782_400_000_000, "2000-02-29T00:00:00"),
        (253_402_300_799_999_999, "9999-12-31T23:59:59.999999"),
        (-62_135_596_800_000_000, "0001-01-01T00:00:00"),
    ])
    func isWrittenAsPythonDoes(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
        #expect(Timestamp(text)?.microseconds == microseconds)
    }

    @Test(arguments: 0..<20)
    func everyMomentIsReadBackAndIsGlibcs(seed: Int) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<200 {
            let seconds = Int64.random(in: -62_135_596_800...253_402_300_799, using: &random)
            let micros = Bool.random(using: &random) ? 0 : Int64.random(in: 1..<1_000_000, using: &random)
            let moment = Timestamp(microseconds: seconds * 1_000_000 + micros)
            #expect(Timestamp(moment.description) == moment)
            #expect(Timestamp(moment.description + "Z") == moment)

            var time = time_t(seconds)
            var civil = tm()
            try #require(gmtime_r(&time, &civil) != nil)
            func padded(_ value: Int32, _ width: Int) -> String {
                String(repeating: "0", count: max(0, width - "\(value)".count)) + "\(value)"
            }
            let date = "\(padded(civil.tm_year + 1900, 4))-\(padded(civil.tm_mon + 1, 2))-\(padded(civil.tm_mday, 2))"
            let day = "\(padded(civil.tm_hour, 2)):\(padded(civil.tm_min, 2)):\(padded(civil.tm_sec, 2))"
            #expect(moment.description == "\(date)T\(day)" + (micros == 0 ? "" : ".\(padded(Int32(micros), 6))"))
        }
    }

    @Test(arguments: [1600, 1996, 2000, 2024, 2400])
    func leapYearsHaveADayMore(year: Int) throws {
        let leapDay = try #require(Timestamp("\(year)-02-29T12:00:00"))
        let march = try #require(Timestamp("\(year)-03-01T12:00:00"))
        #expect(march.microseconds - leapDay.microseconds == 86_400_000_000)
        #expect(leapDay.description == "\(year)-02-29T12:00:00")
    }

    @Test(arguments: [1700, 1900, 2023, 2100])
    func otherYearsHaveNone(year: Int) throws {
        #expect(Timestamp("\(year)-02-29T12:00:00") == nil)
        let february = try #require(Timestamp("\(year)-02-28T12:00:00"))
        let march = try #require(Timestamp("\(year)-03-01T12:00:00"))
        #expect(march.microseconds - february.microseconds == 86_400_000_000)
    }

    @Test(arguments: [
        ("2026-11-22T18:00:00Z", "2026-11-22T18:00:00"),
        ("2026-11-22 18:00:00", "2026-11-22T18:00:00"),
        ("2026-11-22T18:00:00+00:00", "2026-11-22T18:00:00"),
        ("2026-11-22T18:00:00-00:00", "2026-11-22T18:00:00"),
        ("2026-11-22T18:00:00+05:30", "2026-11-22T12:30:00"),
        ("2026-12-31T20:00:00-08:00", "2027-01-01T04:00:00"),
        ("2024-03-01T00:15:00+00:30", "2024-02-29T23:45:00"),
        ("2026-11-22T18:00:00.5Z", "2026-11-22T18:00:00.500000"),
        ("2026-11-22T18:00:00.000001+01:00", "2026-11-22T17:00:00.000001"),
        ("2026-11-22T18:00:00.123456789Z", "2026-11-22T18:00:00.123456"),
        ("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999"),
    ])
    func formsThatAreRead(text: String, moment: String) {
        #expect(Timestamp(text)?.description == moment)
    }

    @Test(arguments: [
        "", " ", "now", "2026", "2026-11-22", "2026-11-22T18:00", "2026-11-22T18:00:0", "2026-11-22t18:00:00",
        "2026-11-22T18:00:00z", "2026-11-22T18:00:00 Z", "2026-11-22T18:00:00Z ", " 2026-11-22T18:00:00",
        "2026-11-22T18:00:00ZZ", "2026-11-22T18:00:00.", "2026-11-22T18:00:00.Z", "2026-11-22T18:00:00.1234567890",
        "2026-11-22T18:00:00,5", "2026-11-22T18:00:00+0100", "2026-11-22T18:00:00+01", "2026-11-22T18:00:00+1:00",
        "2026-11-22T18:00:00+01:0", "2026-11-22T18:00:00+01:00Z", "2026-11-22T18:00:00−01:00",
        "2026-00-22T18:00:00", "2026-13-22T18:00:00", "2026-11-00T18:00:00", "2026-11-31T18:00:00",
        "2026-11-22T24:00:00", "2026-11-22T18:60:00", "2026-11-22T18:00:60", "20261122T180000", "2026/11/22T18:00:00",
        "-026-11-22T18:00:00", "+2026-11-22T18:00:00", "２０２６-11-22T18:00:00", "2026-11-22T18:00:00\u{301}",
        "2026-11-22T18:00:00\u{0}", "2026-11-2\u{661}T18:00:00",
    ])
    func otherTextsAreNone(text: String) {
        #expect(Timestamp(text) == nil)
    }

    /// ISO 8601 has no offset of 24 hours or 60 minutes.
    @Test(arguments: ["+24:00", "-99:00", "+00:60", "+99:99"])
    func zonesThatDoNotExistAreNone(zone: String) {
        #expect(Timestamp("2026-11-22T18:00:00\(zone)") == nil)
    }

    /// Whatever is cut off or changed in a valid text, reading ends, and what is read is a moment that can be written.
    @Test func damagedTextsDoNoHarm() {
        let text = Array("2026-11-22T18:47:16.072568+01:00".utf8)
        for end in 0..<text.count {
            let cut = String(decoding: text[..<end], as: UTF8.self)
            if let moment = Timestamp(cut) { #expect(Timestamp(moment.description) == moment) }
            for byte in [UInt8(ascii: "9"), UInt8(ascii: "-"), 0, 0xFF] {
                var changed = text
                changed[end] = byte
                if let moment = Timestamp(String(decoding: changed, as: UTF8.self)) {
                    #expect(Timestamp(moment.description) == moment)
                }
            }
        }
    }

    @Test func secondsAreClamped() {
        #expect(Timestamp(seconds: 1).microseconds == 1_000_000)
        #expect(Timestamp(seconds: -1).microseconds == -1_000_000)
        #expect(Timestamp(seconds: .max).microseconds == .max)
        #expect(Timestamp(seconds: .min).microseconds == .min)
        #expect(Timestamp(microseconds: 1_500_000).seconds == 1.5)
    }

    /// Such a moment has no date that Python could write, but telling it must not end the agent.
    @Test func theEndsOfTimeCanBeTold() async {
        await #expect(processExitsWith: .success) {
            _ = Timestamp(microseconds: .max).description
            _ = Timestamp(microseconds: .min).description
        }
    }

    @Test func earlierComesFirst() {
        #expect(Timestamp(microseconds: -1) < Timestamp(microseconds: 0))
        #expect(!(Timestamp(microseconds: 0) < Timestamp(microseconds: 0)))
    }
}
