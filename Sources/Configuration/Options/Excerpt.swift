extension String {
    /// This text for a message: on one line, in quotes, nothing invisible in it, cut off when long.
    public var excerpt: String {
        let limit = 60
        let shown = unicodeScalars.prefix(limit).map { $0.escaped(asASCII: $0.isInvisible) }.joined()
        return unicodeScalars.count > limit ? "'\(shown)…'" : "'\(shown)'"
    }
}

extension Unicode.Scalar {
    /// Whether it could change how a terminal shows the text around it.
    fileprivate var isInvisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
        default: false
        }
    }
}
