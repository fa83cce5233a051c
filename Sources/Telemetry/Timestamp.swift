/// A moment in UTC, in microseconds since 1970-01-01, which is what Ceilometer's timestamps resolve.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    /// The moment that many microseconds after 1970-01-01T00:00:00Z.
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The moment that many whole seconds after 1970-01-01T00:00:00Z; the range of `Int64` microseconds is enforced by
    /// clamping.
    public init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        microseconds = overflow ? (seconds < 0 ? .min : .max) : product
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    public var seconds: Double { Double(microseconds) / 1_000_000 }

    /// Earlier before later.
    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }
}

extension Timestamp: CustomStringConvertible {
    /// Python's naive `isoformat()`: `2026-11-22T18:47:16.072568`, without a fraction when it is 0, and without a zone.
    /// This is the form of `timestamp` in Ceilometer's samples.
    public var description: String {
        var writer = JSONWriter()
        writer.timestamp(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Reads ISO 8601 with `T` or a space, up to nine digits of fraction (cut to microseconds), and `Z`, `+hh:mm`,
    /// `-hh:mm` or no zone (UTC). `nil` if the text is something else or the date does not exist.
    public init?(_ text: String) {
        var scanner = DateScanner(text)
        guard let value = scanner.timestamp() else { return nil }
        self = value
    }
}

/// Civil dates without Foundation: days are counted in the proleptic Gregorian calendar.
enum CivilDate {
    /// Days since 1970-01-01 (Howard Hinnant, `days_from_civil`).
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The inverse of `days`.
    static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let mp = (5 * dayOfYear + 2) / 153
        let month = mp < 10 ? mp + 3 : mp - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * mp + 2) / 5 + 1)
    }
}

private struct DateScanner {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard rest.first == byte else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func number(digits: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let byte = rest.first, byte >= 0x30, byte <= 0x39 else { return nil }
            value = value * 10 + Int64(byte - 0x30)
            rest.removeFirst()
        }
        return value
    }

    mutating func timestamp() -> Timestamp? {
        guard let year = number(digits: 4), take(UInt8(ascii: "-")),
            let month = number(digits: 2), (1...12).contains(month), take(UInt8(ascii: "-")),
            let day = number(digits: 2), (1...31).contains(day),
            take(UInt8(ascii: "T")) || take(UInt8(ascii: " ")),
            let hour = number(digits: 2), hour < 24, take(UInt8(ascii: ":")),
            let minute = number(digits: 2), minute < 60, take(UInt8(ascii: ":")),
            let second = number(digits: 2), second < 60
        else { return nil }
        let days = CivilDate.days(year: year, month: month, day: day)
        guard CivilDate.date(days: days) == (year, month, day) else { return nil }
        var micros: Int64 = 0
        if take(UInt8(ascii: ".")) {
            var digits = 0
            while let digit = number(digits: 1) {
                digits += 1
                if digits <= 6 { micros = micros * 10 + digit }
            }
            guard (1...9).contains(digits) else { return nil }
            for _ in min(digits, 6)..<6 { micros *= 10 }
        }
        var offset: Int64 = 0
        if !rest.isEmpty, !take(UInt8(ascii: "Z")) {
            let sign: Int64
            if take(UInt8(ascii: "+")) { sign = 1 } else if take(UInt8(ascii: "-")) { sign = -1 } else { return nil }
            guard let hours = number(digits: 2), hours < 24, take(UInt8(ascii: ":")), let minutes = number(digits: 2),
                minutes < 60
            else { return nil }
            offset = sign * (hours * 3600 + minutes * 60)
        }
        guard rest.isEmpty else { return nil }
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        return Timestamp(microseconds: seconds * 1_000_000 + micros)
    }
}
