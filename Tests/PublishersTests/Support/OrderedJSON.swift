import Telemetry

/// Reads JSON as Python's `json` does: the order of keys is kept, whole and floating-point numbers differ, and `NaN`
/// and `Infinity` are numbers.
struct OrderedJSON {
    private let bytes: [UInt8]
    private var index = 0

    struct Failure: Error {
        let offset: Int
    }

    static func parse(_ text: [UInt8]) throws -> MetadataValue {
        var reader = OrderedJSON(bytes: text)
        let value = try reader.value()
        reader.skipSpace()
        guard reader.index == text.count else { throw Failure(offset: reader.index) }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func value() throws -> MetadataValue {
        skipSpace()
        if take("null") { return .null }
        if take("true") { return .bool(true) }
        if take("false") { return .bool(false) }
        if take("NaN") { return .real(.nan) }
        if take("Infinity") { return .real(.infinity) }
        if take("{") { return .object(try list("}") { .init(try $0.key(), try $0.value()) }) }
        if take("[") { return .array(try list("]") { try $0.value() }) }
        if take("\"") { return .string(try string()) }
        return try number()
    }

    private mutating func key() throws -> String {
        skipSpace()
        guard take("\"") else { throw Failure(offset: index) }
        let name = try string()
        skipSpace()
        guard take(":") else { throw Failure(offset: index) }
        return name
    }

    private mutating func list<T>(_ end: String, _ element: (inout OrderedJSON) throws -> T) throws -> [T] {
        skipSpace()
        if take(end) { return [] }
        var elements = [try element(&self)]
        skipSpace()
        while take(",") {
            elements.append(try element(&self))
            skipSpace()
        }
        guard take(end) else { throw Failure(offset: index) }
        return elements
    }

    private mutating func string() throws -> String {
        var units: [UInt16] = []
        while index < bytes.count, !take("\"") {
            if take("\\") {
                units.append(try escape())
            } else {
                let start = index
                while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\") {
                    index += 1
                }
                units += Array(String(decoding: bytes[start..<index], as: UTF8.self).utf16)
            }
        }
        return String(decoding: units, as: UTF16.self)
    }

    private mutating func escape() throws -> UInt16 {
        let simple: [(String, UInt16)] = [
            ("n", 10), ("r", 13), ("t", 9), ("b", 8), ("f", 12), ("\"", 0x22), ("\\", 0x5C), ("/", 0x2F),
        ]
        for (letter, unit) in simple where take(letter) { return unit }
        guard take("u"), index + 4 <= bytes.count,
            let unit = UInt16(String(decoding: bytes[index..<(index + 4)], as: UTF8.self), radix: 16)
        else { throw Failure(offset: index) }
        index += 4
        return unit
    }

    private mutating func number() throws -> MetadataValue {
        let start = index
        while index < bytes.count, "+-.eE0123456789".utf8.contains(bytes[index]) { index += 1 }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if let whole = Int64(text) { return .integer(whole) }
        guard let real = Double(text) else { throw Failure(offset: start) }
        return .real(real)
    }

    private mutating func take(_ text: String) -> Bool {
        guard bytes[index...].starts(with: text.utf8) else { return false }
        index += text.utf8.count
        return true
    }

    private mutating func skipSpace() {
        while index < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[index]) { index += 1 }
    }
}

extension MetadataValue {
    subscript(name: String) -> MetadataValue? {
        guard case .object(let fields) = self else { return nil }
        return fields.first { $0.name == name }?.value
    }

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var integer: Int64? {
        guard case .integer(let number) = self else { return nil }
        return number
    }

    var elements: [MetadataValue] {
        guard case .array(let values) = self else { return [] }
        return values
    }

    var fields: [Field] {
        guard case .object(let fields) = self else { return [] }
        return fields
    }
}
