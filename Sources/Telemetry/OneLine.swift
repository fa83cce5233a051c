extension String {
    /// This text in one line of a log or terminal, whatever it came from: characters that would break the line or control
    /// a terminal are escaped (`\n`, `\u{1B}`).
    package var oneLine: String {
        guard unicodeScalars.contains(where: \.breaksLine) else { return self }
        return unicodeScalars.map { $0.breaksLine ? $0.escaped(asASCII: true) : String($0) }.joined()
    }
}

extension Unicode.Scalar {
    fileprivate var breaksLine: Bool {
        if isASCII { return value < 0x20 || value == 0x7F }
        return switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
