/// Appends JSON to a byte buffer in the form of Python's `json.dumps` with its defaults, which is what Ceilometer's
/// publishers send: `", "` and `": "` between parts, and everything outside ASCII as `\uXXXX`.
public struct JSONWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    /// The same, in no more memory than it takes: for what is kept long.
    var exactBytes: [UInt8] { bytes.withUnsafeBufferPointer { Array($0) } }

    /// A writer with an empty buffer that has room for `capacity` bytes.
    public init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// Appends text as it is.
    public mutating func raw(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends bytes as they are.
    public mutating func raw(_ more: [UInt8]) {
        bytes.append(contentsOf: more)
    }

    /// Appends bytes as they are.
    public mutating func raw(_ more: ArraySlice<UInt8>) {
        bytes.append(contentsOf: more)
    }

    /// Appends in one piece what is written into room for so many bytes.
    @inline(__always)
    mutating func append(upTo capacity: Int, _ write: (inout LastToFirst) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { room in
            var written = LastToFirst(room)
            write(&written)
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: room[written.start...]))
        }
    }

    /// A JSON string.
    public mutating func string(_ text: String) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        let isPlain = text.withUTF8 { utf8 in
            guard utf8.allSatisfy(Self.isPlain) else { return false }
            bytes.append(contentsOf: utf8)
            return true
        }
        if !isPlain {
            for unit in text.utf16 { escaped(unit) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Whether a byte stands for itself in a string.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// A JSON string, or `null`.
    public mutating func string(_ text: String?) {
        if let text { string(text) } else { raw("null") }
    }

    private mutating func escaped(_ unit: UInt16) {
        switch unit {
        case 0x22: raw("\\\"")
        case 0x5C: raw("\\\\")
        case 0x0A: raw("\\n")
        case 0x0D: raw("\\r")
        case 0x09: raw("\\t")
        case 0x08: raw("\\b")
        case 0x0C: raw("\\f")
        case 0x20..<0x7F: bytes.append(UInt8(truncatingIfNeeded: unit))
        default:
            raw("\\u")
            append(upTo: 4) { room in
                room.hexadecimal(UInt64(unit), digits: 4)
            }
        }
    }

    /// A number; the caller sees to it that it is finite.
    public mutating func volume(_ volume: Volume) {
        switch volume {
        case .integer(let value):
            if let small = Int64(exactly: value) {
                integer(small)
            } else {
                bytes.append(contentsOf: String(value).utf8)
            }
        case .real(let value): bytes.append(contentsOf: value.pythonText.utf8)
        }
    }

    /// A whole number.
    public mutating func integer(_ value: Int64) {
        append(upTo: 20) { room in
            room.decimal(value.magnitude)
            if value < 0 { room.put("-") }
        }
    }

    /// The text of a timestamp, without quotes.
    public mutating func timestamp(_ value: Timestamp) {
        let second = value.microseconds.dividedFloor(by: 1_000_000)
        let micros = (value.microseconds % 1_000_000 + 1_000_000) % 1_000_000
        let day = second.dividedFloor(by: 86_400)
        let ofDay = second - day * 86_400
        let date = CivilDate.date(days: day)
        // Years that ISO 8601 has no four digits for are told all the same.
        let isUsual = (0...9999).contains(date.year)
        if !isUsual { integer(date.year) }
        append(upTo: 26) { room in
            if micros != 0 {
                room.decimal(micros, digits: 6)
                room.put(".")
            }
            room.decimal(ofDay % 60, digits: 2)
            room.put(":")
            room.decimal(ofDay / 60 % 60, digits: 2)
            room.put(":")
            room.decimal(ofDay / 3600, digits: 2)
            room.put("T")
            room.decimal(date.day, digits: 2)
            room.put("-")
            room.decimal(date.month, digits: 2)
            room.put("-")
            if isUsual { room.decimal(date.year, digits: 4) }
        }
    }
}

extension Int64 {
    fileprivate func dividedFloor(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
