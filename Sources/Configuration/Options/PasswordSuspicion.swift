extension String {
    /// Whether a password may stand in this text: whether there is a `:` before an `@`, as in `scheme://user:password@host`
    /// (RFC 3986, 3.2.1) or in what was meant to be that.
    var mayHoldPassword: Bool {
        guard let colon = firstIndex(of: ":"), let at = lastIndex(of: "@") else { return false }
        return colon < at
    }
}
