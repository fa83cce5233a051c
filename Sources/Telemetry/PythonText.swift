extension MetadataValue {
    /// The value as Python's `str` writes it: text as it is, everything else as `repr` does.
    package var pythonString: String {
        if case .string(let text) = self { text } else { pythonRepresentation }
    }

    /// The value as Python's `repr` writes it.
    package var pythonRepresentation: String {
        switch self {
        case .null: "None"
        case .bool(let flag): flag ? "True" : "False"
        case .integer(let number): String(number)
        case .real(let number): number.pythonText
        case .string(let text): text.pythonRepresentation
        case .array(let values): "[" + values.map(\.pythonRepresentation).joined(separator: ", ") + "]"
        case .object(let fields):
            "{"
                + fields.map { "\($0.name.pythonRepresentation): \($0.value.pythonRepresentation)" }
                .joined(separator: ", ") + "}"
        }
    }
}

extension String {
    /// In single quotes, or in double ones if that saves escaping.
    fileprivate var pythonRepresentation: String {
        let quote: Unicode.Scalar = unicodeScalars.contains("'") && !unicodeScalars.contains("\"") ? "\"" : "'"
        var text = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar {
            case quote, "\\": text.append(contentsOf: ["\\", scalar])
            case "\n": text.append(contentsOf: "\\n".unicodeScalars)
            case "\r": text.append(contentsOf: "\\r".unicodeScalars)
            case "\t": text.append(contentsOf: "\\t".unicodeScalars)
            default: text.append(contentsOf: scalar.isPrintableInPython ? String(scalar).unicodeScalars : scalar.escape)
            }
        }
        return "\(quote)\(String(text))\(quote)"
    }
}

extension Unicode.Scalar {
    /// `str.isprintable`: all but "other" and "separator", the space excepted.
    fileprivate var isPrintableInPython: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: self == " "
        default: true
        }
    }

    fileprivate var escape: String.UnicodeScalarView {
        let digits = String(value, radix: 16)
        let (letter, length) = value < 0x100 ? ("x", 2) : value < 0x10000 ? ("u", 4) : ("U", 8)
        return ("\\" + letter + String(repeating: "0", count: length - digits.count) + digits).unicodeScalars
    }
}
