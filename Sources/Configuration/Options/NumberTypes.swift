extension OptionType<Int> {
    /// A whole number as Python's `int()` reads it, in that range (`IntOpt`). Unlike oslo, which takes it for `None`,
    /// no number at all is an error. Python's numbers have no end: without a bound, what is beyond `Int` counts as its
    /// last.
    static func integer(_ range: ClosedRange<Int>) -> OptionType {
        OptionType(
            "an integer" + phrase(range),
            parse: { text in
                plainDigits(text).flatMap { digits in
                    let number = Int(digits) ?? (digits.hasPrefix("-") ? .min : .max)
                    return range.contains(number) ? number : nil
                }
            },
            format: { String($0) })
    }

    private static func phrase(_ range: ClosedRange<Int>) -> String {
        switch (range.lowerBound, range.upperBound) {
        case (.min, .max): ""
        case (let lower, .max): ", at least \(lower)"
        case (.min, let upper): ", at most \(upper)"
        case (let lower, let upper): " from \(lower) to \(upper)"
        }
    }

    /// A size, at least that many bytes, with a suffix for powers of 1024.
    static func byteCount(atLeast minimum: Int) -> OptionType {
        let powers = ["": 0, "K": 10, "M": 20, "G": 30, "T": 40]
        return OptionType(
            "a number of bytes, at least \(minimum), with or without K, M, G or T (powers of 1024)",
            parse: { text in
                let (digits, suffix) = splitSuffix(text)
                guard let shift = powers[suffix.uppercased()], let number = plainDigits(digits).flatMap({ Int($0) })
                else { return nil }
                let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << shift)
                return !overflow && bytes >= minimum ? bytes : nil
            },
            format: { String($0) })
    }
}

extension OptionType<Duration> {
    /// A time in seconds, whole or not, with a suffix for larger units. Above 100 years is an error.
    static func duration(atLeast minimum: Double, orZero: Bool = false) -> OptionType {
        let seconds = ["": 1.0, "s": 1, "m": 60, "h": 3600, "d": 86400]
        let least = minimum == minimum.rounded() ? String(Int(minimum)) : String(minimum)
        return OptionType(
            "a time in seconds, at least \(least)\(orZero ? ", or 0" : ""), with or without s, m, h or d",
            parse: { text in
                let (digits, suffix) = splitSuffix(text)
                guard let unit = seconds[suffix], let number = decimal(digits) else { return nil }
                let time = number * unit
                guard time >= minimum || (orZero && time == 0), time <= 100 * 365 * 86400 else { return nil }
                return .seconds(time)
            },
            format: { $0.formattedInSeconds })
    }
}

extension OptionType<Duration?> {
    /// A time in seconds above 0, or nothing (`FloatOpt` without a default).
    static let optionalDuration = OptionType(
        "a time in seconds, above 0, with or without s, m, h or d, or nothing",
        parse: { text in
            if text.strippedAsInPython.isEmpty { return .some(nil) }
            return OptionType<Duration>.duration(atLeast: 0.001).parse(text).map { .some($0) }
        },
        format: { $0.map(OptionType<Duration>.duration(atLeast: 0).format) ?? "" })
}

extension Duration {
    /// Seconds as a plain number, without a unit.
    var formattedInSeconds: String {
        let (whole, attoseconds) = components
        return attoseconds == 0 ? String(whole) : String(Double(whole) + Double(attoseconds) / 1e18)
    }
}

/// The letters at the end, and what stands before them.
private func splitSuffix(_ text: String) -> (digits: String, suffix: String) {
    let text = text.strippedAsInPython
    let start = text.lastIndex { !$0.isLetter }.map { text.index(after: $0) } ?? text.startIndex
    return (String(text[..<start]), String(text[start...]))
}

/// An integer's sign and digits without what else Python allows: white space around it, `_` between digits.
private func plainDigits(_ text: String) -> String? {
    let text = text.strippedAsInPython
    let unsigned = text.first == "+" || text.first == "-" ? text.dropFirst() : text[...]
    let groups = unsigned.split(separator: "_", omittingEmptySubsequences: false)
    guard groups.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else { return nil }
    return (text.first == "-" ? "-" : "") + groups.joined()
}

/// A finite decimal number; no `inf`, `nan` or hexadecimal, which `Double` would read.
private func decimal(_ text: String) -> Double? {
    let text = text.strippedAsInPython
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }) else { return nil }
    return Double(text).flatMap { $0.isFinite ? $0 : nil }
}
