extension Unicode.Scalar {
    /// What Python's `str.strip()` strips: Unicode white space, and the four ASCII information separators.
    var isPythonWhitespace: Bool {
        properties.isWhitespace || (0x1C...0x1F).contains(value)
    }
}

extension ArraySlice<Unicode.Scalar> {
    /// Python's `str.lstrip()`.
    var strippedAtStart: ArraySlice<Unicode.Scalar> { drop(while: \.isPythonWhitespace) }

    /// Python's `str.rstrip()`.
    var strippedAtEnd: ArraySlice<Unicode.Scalar> {
        prefix(upTo: (lastIndex { !$0.isPythonWhitespace }).map { $0 + 1 } ?? startIndex)
    }
}

extension String {
    /// A string of these scalars, without normalisation.
    init(_ scalars: ArraySlice<Unicode.Scalar>) {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }

    /// Python's `str.strip()`.
    var strippedAsInPython: String {
        String(Array(unicodeScalars)[...].strippedAtStart.strippedAtEnd)
    }
}
