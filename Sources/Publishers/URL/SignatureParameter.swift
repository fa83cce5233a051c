extension PublisherParameter {
    /// Aerostat's own: Ceilometer's http and file publishers sign nothing.
    static let signature = Self(
        "signature", "each sample carries a message_signature made with [publisher] telemetry_secret (false)")
}

extension ParameterReader {
    /// `signature`. Anything but a word for true or false is an error: a receiver that expects signatures would reject
    /// all that is sent.
    mutating func isSigned(in query: inout QueryString) -> Bool {
        guard let text = query.take(PublisherParameter.signature.name).last else { return false }
        if let value = BooleanWord.value(text) { return value }
        error("signature=\(text) is neither true nor false")
        return false
    }
}
