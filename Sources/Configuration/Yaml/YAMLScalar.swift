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
        guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first) else { return .string(text) }
        if let value = integer(text) { return .integer(value) }
        if let value = real(text) { return .real(value) }
        return .string(text)
    }

    private static func integer(_ text: String) -> Int? {
        var digits = Substring(text)
        var sign = 1
        if digits.first == "+" || digits.first == "-" { sign = digits.removeFirst() == "-" ? -1 : 1 }
        let bare = digits.replacing("_", with: "")
        // Swift's initialisers would take a second sign behind a prefix.
        guard !bare.contains("+"), !bare.contains("-") else { return nil }
        let magnitude: Int?
        if digits == "0" {
            magnitude = 0
        } else if digits.hasPrefix("0b") {
            magnitude = Int(bare.dropFirst(2), radix: 2)
        } else if digits.hasPrefix("0x") {
            magnitude = Int(bare.dropFirst(2), radix: 16)
        } else if digits.hasPrefix("0") {
            magnitude = Int(bare.dropFirst(1), radix: 8)
        } else if digits.contains(":") {
            magnitude = sexagesimal(String(bare)).flatMap { Int(exactly: $0) }
        } else {
            magnitude = bare.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } ? Int(bare) : nil
        }
        return magnitude.map { sign * $0 }
    }

    private static func real(_ text: String) -> Double? {
        var digits = Substring(text)
        let isNegative = digits.first == "-"
        if digits.first == "+" || digits.first == "-" { digits.removeFirst() }
        let bare = digits.replacing("_", with: "")
        guard bare.contains("."), bare.utf8.allSatisfy({ "0123456789.eE+-:".utf8.contains($0) }) else { return nil }
        if bare.contains(":") { return sexagesimal(String(bare)).map { isNegative ? -$0 : $0 } }
        // An exponent needs its sign in YAML 1.1: "1.0e3" is text.
        if let exponent = bare.firstIndex(where: { $0 == "e" || $0 == "E" }) {
            let sign = bare[bare.index(after: exponent)...].first
            guard sign == "+" || sign == "-" else { return nil }
        }
        guard let value = Double(bare.hasPrefix(".") ? "0\(bare)" : bare.hasSuffix(".") ? "\(bare)0" : String(bare))
        else { return nil }
        return isNegative ? -value : value
    }

    private static func sexagesimal(_ text: String) -> Double? {
        var total = 0.0
        for (index, part) in text.split(separator: ":", omittingEmptySubsequences: false).enumerated() {
            guard let value = Double(part), index == 0 || value < 60 else { return nil }
            total = total * 60 + value
        }
        return total
    }
}
