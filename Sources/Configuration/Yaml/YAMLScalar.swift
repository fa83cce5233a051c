/// Types a plain scalar as PyYAML's `SafeLoader` does (`yaml.resolver`, YAML 1.1): `yes` is true, `0o17` is text, `017`
/// is fifteen, `1:30` is ninety.
enum YAMLScalar {
    static func content(ofPlain text: String) -> YAMLNode.Content {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": return .bool(true)
        case "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": return .bool(false)
        case ".nan", ".NaN", ".NAN": return .real(.nan)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .real(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .real(-.infinity)
        default: break
        }
        let bytes = Array(text.utf8)
        guard let first = bytes.first, isDigit(first) || "+-.".utf8.contains(first) else { return .string(text) }
        if let value = integer(bytes) { return .integer(value) }
        if let value = real(bytes) { return .real(value) }
        return .string(text)
    }

    /// `[-+]?0b[0-1_]+`, `[-+]?0[0-7_]+`, `[-+]?(0|[1-9][0-9_]*)`, `[-+]?0x[0-9a-fA-F_]+` or
    /// `[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+`; `nil` also for what no `Int` holds.
    private static func integer(_ text: [UInt8]) -> Int? {
        let (isNegative, digits) = signed(text)
        guard let first = digits.first else { return nil }
        if first != UInt8(ascii: "0") {
            return isNegative ? sexagesimal(digits).map { -$0 } : sexagesimal(digits)
        }
        let radix: Int
        let rest: ArraySlice<UInt8>
        switch digits.dropFirst().first {
        case nil: return 0
        case UInt8(ascii: "b"): (radix, rest) = (2, digits.dropFirst(2))
        case UInt8(ascii: "x"): (radix, rest) = (16, digits.dropFirst(2))
        default: (radix, rest) = (8, digits)
        }
        // Swift's initialiser would take a sign here, too.
        guard rest.allSatisfy({ isDigit($0) || isLetter($0) || $0 == underscore }) else { return nil }
        return Int((isNegative ? "-" : "") + plain(rest), radix: radix)
    }

    /// `[-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?`, `\.[0-9][0-9_]*([eE][-+][0-9]+)?` or
    /// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*`.
    private static func real(_ text: [UInt8]) -> Double? {
        let (isNegative, digits) = signed(text)
        guard let point = digits.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        let whole = digits[..<point]
        var fraction = digits[(point + 1)...]
        var exponent: ArraySlice<UInt8> = []
        if let e = fraction.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
            exponent = fraction[e...]
            fraction = fraction[..<e]
            let sign = exponent.dropFirst().first
            // The exponent needs its sign: "1.0e3" is text.
            guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), exponent.count > 2,
                exponent.dropFirst(2).allSatisfy(isDigit)
            else { return nil }
        }
        guard fraction.allSatisfy({ isDigit($0) || $0 == underscore }) else { return nil }
        if whole.isEmpty {
            guard point == 0, let first = fraction.first, isDigit(first) else { return nil }
        } else if whole.contains(UInt8(ascii: ":")) {
            guard exponent.isEmpty, let minutes = sexagesimal(whole),
                let part = Double("0.\(plain(fraction))0")
            else { return nil }
            return isNegative ? -(Double(minutes) + part) : Double(minutes) + part
        } else {
            guard let first = whole.first, isDigit(first), whole.allSatisfy({ isDigit($0) || $0 == underscore })
            else { return nil }
        }
        let sign = isNegative ? "-" : ""
        return Double("\(sign)0\(plain(whole)).\(plain(fraction))0\(plain(exponent))")
    }

    /// Digits, and perhaps minutes and seconds of at most two digits below 60.
    private static func sexagesimal(_ digits: ArraySlice<UInt8>) -> Int? {
        var total = 0
        for (index, part) in digits.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).enumerated() {
            guard let first = part.first, isDigit(first),
                part.allSatisfy({ isDigit($0) || index == 0 && $0 == underscore }),
                let value = Int(plain(part)), index == 0 || part.count <= 2 && value < 60
            else { return nil }
            let (product, isTooLarge) = total.multipliedReportingOverflow(by: 60)
            let (sum, isOver) = product.addingReportingOverflow(value)
            guard !isTooLarge, !isOver else { return nil }
            total = sum
        }
        return total
    }

    private static let underscore = UInt8(ascii: "_")

    private static func isDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte | 0x20)
    }

    private static func signed(_ text: [UInt8]) -> (isNegative: Bool, rest: ArraySlice<UInt8>) {
        let hasSign = text.first == UInt8(ascii: "+") || text.first == UInt8(ascii: "-")
        return (text.first == UInt8(ascii: "-"), hasSign ? text.dropFirst() : text[...])
    }

    /// Without underscores.
    private static func plain(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.filter { $0 != underscore }, as: UTF8.self)
    }
}
