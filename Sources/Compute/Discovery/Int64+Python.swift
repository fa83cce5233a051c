extension Int64 {
    /// The number that Python's `int` reads in a text: white space around it, a sign, decimal digits of any script, and
    /// single `_` between digits. `nil` if it is none, or beyond 64 bits.
    init?(python text: String) {
        var rest = Substring(text).unicodeScalars
        while rest.first?.properties.isWhitespace == true { rest.removeFirst() }
        while rest.last?.properties.isWhitespace == true { rest.removeLast() }
        var digits = ""
        if let sign = rest.first, sign == "-" || sign == "+" { digits.unicodeScalars.append(rest.removeFirst()) }
        var isAfterDigit = false
        for scalar in rest {
            if scalar == "_", isAfterDigit {
                isAfterDigit = false
            } else if scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue {
                digits += String(Int(value))
                isAfterDigit = true
            } else {
                return nil
            }
        }
        guard isAfterDigit, let number = Int64(digits) else { return nil }
        self = number
    }
}
