import Telemetry

/// What is signed: names and values in UTF-8, without anything in between. Values are as Python's `str` writes them.
struct SignedText {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ name: String, _ text: String) {
        bytes += name.utf8
        bytes += text.utf8
    }

    mutating func add(_ name: String, _ value: MetadataValue) {
        switch value {
        case .null: add(name, "None")
        case .bool(let flag): add(name, flag ? "True" : "False")
        case .integer(let number): add(name, String(number))
        case .real(let number): add(name, number.pythonText)
        case .string(let text): add(name, text)
        case .object(let fields):
            for field in fields.inOrder { add("\(name):\(field.name)", field.value) }
        case .array(let values):
            bytes += name.utf8
            list(values)
        }
    }

    /// A list is not taken apart. Ceilometer makes every text in it UTF-8 first, and so Python writes it as bytes.
    private mutating func list(_ values: [MetadataValue]) {
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes += ", ".utf8 }
            element(value)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func element(_ value: MetadataValue) {
        switch value {
        case .string(let text): byteString(text)
        case .array(let values): list(values)
        case .object(let fields):
            bytes.append(UInt8(ascii: "{"))
            for (index, field) in fields.inOrder.enumerated() {
                if index > 0 { bytes += ", ".utf8 }
                byteString(field.name)
                bytes += ": ".utf8
                element(field.value)
            }
            bytes.append(UInt8(ascii: "}"))
        case .null, .bool, .integer, .real: add("", value)
        }
    }

    /// Python's `repr` of the text's UTF-8 as `bytes`.
    private mutating func byteString(_ text: String) {
        let quote = text.utf8.contains(UInt8(ascii: "'")) && !text.utf8.contains(UInt8(ascii: "\"")) ? "\"" : "'"
        bytes += "b\(quote)".utf8
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\t"): bytes += "\\t".utf8
            case UInt8(ascii: "\n"): bytes += "\\n".utf8
            case UInt8(ascii: "\r"): bytes += "\\r".utf8
            case UInt8(ascii: "\\"): bytes += "\\\\".utf8
            case quote.utf8.first: bytes += "\\\(quote)".utf8
            case 0x20..<0x7F: bytes.append(byte)
            default: bytes += "\\x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
            }
        }
        bytes += quote.utf8
    }
}

extension [MetadataValue.Field] {
    /// As Python sorts names: by code point, which is the order of their UTF-8.
    var inOrder: [Element] {
        sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}
