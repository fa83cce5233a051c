import Glibc

/// A date in one of the three forms that a recipient must understand (RFC 9110, section 5.6.7): IMF-fixdate, RFC 850
/// and asctime.
struct HTTPDate: Sendable, Hashable {
    /// Seconds since 1970-01-01T00:00:00Z.
    let seconds: Int64

    private static let months: [String: Int32] = [
        "Jan": 0, "Feb": 1, "Mar": 2, "Apr": 3, "May": 4, "Jun": 5, "Jul": 6, "Aug": 7, "Sep": 8, "Oct": 9, "Nov": 10,
        "Dec": 11,
    ]

    /// Reads a date; a two-digit year is the one nearest before 50 years after `now`, in seconds since 1970.
    init?(_ text: String, now: Int64) {
        let words = text.split { $0 == " " || $0 == "," || $0 == "-" }
        let parts: (day: Substring, month: Substring, year: Substring, time: Substring)
        switch words.count {
        case 6 where words[5] == "GMT": parts = (words[1], words[2], words[3], words[4])
        case 5: parts = (words[2], words[1], words[4], words[3])
        default: return nil
        }
        let clock = parts.time.split(separator: ":", omittingEmptySubsequences: false).map(Self.number)
        guard let day = Self.number(parts.day), (1...31).contains(day), let month = Self.months[String(parts.month)],
            var year = Self.number(parts.year), parts.year.count == 4 || parts.year.count == 2, clock.count == 3,
            let hour = clock[0], hour < 24, let minute = clock[1], minute < 60, let second = clock[2], second <= 60
        else { return nil }
        if parts.year.count == 2 {
            let limit = 1970 + Int32(now / 31_556_952) + 50
            year += limit / 100 * 100
            if year > limit { year -= 100 }
        }
        var fields = tm()
        fields.tm_year = year - 1900
        fields.tm_mon = month
        fields.tm_mday = day
        fields.tm_hour = hour
        fields.tm_min = minute
        fields.tm_sec = second
        let result = timegm(&fields)
        // timegm carries the 31st of a shorter month over into the next.
        guard fields.tm_mday == day || second == 60 else { return nil }
        seconds = Int64(result)
    }

    private static func number(_ text: Substring) -> Int32? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return Int32(text)
    }
}
