extension String {
    /// This text as a message quotes it, whatever a file or a URL held: in single quotes, on one line, at most 60 scalars
    /// and then `…`. Control, format and other invisible characters are escaped (`\n`, `\u{1B}`), so that it cannot
    /// change how a terminal shows the text around it.
    ///
    /// It hides nothing: what may hold a password must not be quoted at all.
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
