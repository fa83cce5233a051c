/// Why a text is no JSON that can be read.
package struct JSONError: Error, Hashable, CustomStringConvertible {
    /// Where it stands, in bytes from the beginning.
    package let offset: Int
    /// What was expected there.
    package let expected: String

    /// One line.
    package var description: String { "expected \(expected) at byte \(offset)" }
}

extension MetadataValue {
    /// How deep lists and objects may stand in each other.
    package static let depthLimit = 64

    /// Reads JSON (RFC 8259) in UTF-8. The order of names is kept; of two with one name the later counts, at the place
    /// of the earlier, as in Python. A whole number beyond 64 bits is read as a floating-point number.
    package init(json bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes: bytes)
        self = try reader.document()
    }
}

private struct JSONReader {
    let bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSONError) -> MetadataValue {
        let value = try value(depth: 0)
        skipSpace()
        guard index == bytes.count else { throw failure("the end") }
        return value
    }

    private func failure(_ expected: String) -> JSONError { JSONError(offset: index, expected: expected) }

    private mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func take(word: StaticString) throws(JSONError) {
        let length = word.utf8CodeUnitCount
        let wanted = UnsafeBufferPointer(start: word.utf8Start, count: length)
        guard bytes[index...].starts(with: wanted) else { throw failure("a value") }
        index += length
    }

    private mutating func value(depth: Int) throws(JSONError) -> MetadataValue {
        skipSpace()
        guard depth <= MetadataValue.depthLimit else { throw failure("less depth") }
        guard index < bytes.count else { throw failure("a value") }
        switch bytes[index] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"):
            try take(word: "true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try take(word: "false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try take(word: "null")
            return .null
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> MetadataValue {
        index += 1
        var fields: [MetadataValue.Field] = []
        var places: [ExactName: Int] = [:]
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object([]) }
        while true {
            skipSpace()
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw failure("a name") }
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw failure("a colon") }
            let field = MetadataValue.Field(name, try value(depth: depth + 1))
            if let place = places.updateValue(fields.count, forKey: ExactName(text: name)) {
                fields[place] = field
                places[ExactName(text: name)] = place
            } else {
                fields.append(field)
            }
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(fields) }
            guard take(UInt8(ascii: ",")) else { throw failure("a comma or }") }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> MetadataValue {
        index += 1
        var values: [MetadataValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array([]) }
        while true {
            values.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(values) }
            guard take(UInt8(ascii: ",")) else { throw failure("a comma or ]") }
        }
    }

    private mutating func string() throws(JSONError) -> String {
        index += 1
        var text = ""
        while true {
            let start = index
            while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\") {
                guard bytes[index] >= 0x20 else { throw failure("no control character") }
                index += 1
            }
            guard let part = String(validating: bytes[start..<index], as: UTF8.self) else {
                index = start
                throw failure("UTF-8")
            }
            text += part
            if take(UInt8(ascii: "\"")) { return text }
            guard take(UInt8(ascii: "\\")) else { throw failure("the end of the string") }
            text.unicodeScalars.append(try escape())
        }
    }

    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        guard index < bytes.count else { throw failure("an escaped character") }
        defer { index += 1 }
        switch bytes[index] {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicode()
        default: throw failure("an escaped character")
        }
    }

    /// What stands behind `\u`. Half a surrogate pair, which no text can hold, becomes U+FFFD.
    private mutating func unicode() throws(JSONError) -> Unicode.Scalar {
        let first = try hexadecimal(at: index + 1)
        index += 4
        guard (0xD800..<0xDC00).contains(first), bytes.count > index + 6, bytes[index + 1] == UInt8(ascii: "\\"),
            bytes[index + 2] == UInt8(ascii: "u")
        else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
        let second = try hexadecimal(at: index + 3)
        guard (0xDC00..<0xE000).contains(second) else { return "\u{FFFD}" }
        index += 6
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? "\u{FFFD}"
    }

    private func hexadecimal(at start: Int) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for place in start..<start + 4 {
            guard place < bytes.count, let digit = Character(Unicode.Scalar(bytes[place])).hexDigitValue else {
                throw JSONError(offset: place, expected: "a hexadecimal digit")
            }
            value = value << 4 + UInt32(digit)
        }
        return value
    }

    private mutating func number() throws(JSONError) -> MetadataValue {
        let start = index
        _ = take(UInt8(ascii: "-"))
        let whole = digits()
        guard whole > 0, whole == 1 || bytes[index - whole] != UInt8(ascii: "0") else { throw failure("a value") }
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            guard digits() > 0 else { throw failure("a digit") }
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            index += 1
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() > 0 else { throw failure("a digit") }
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isWhole, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else {
            index = start
            throw failure("a number that can be represented")
        }
        return .real(value)
    }

    private mutating func digits() -> Int {
        let start = index
        while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 }
        return index - start
    }
}

/// A name by its bytes, as JSON compares them. Swift's `==` takes composed and decomposed letters for one.
private struct ExactName: Hashable {
    let text: String

    static func == (a: ExactName, b: ExactName) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(0xFF as UInt8)
    }
}
