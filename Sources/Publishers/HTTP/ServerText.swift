import Transfer

/// What a server says, made fit for one line of a log.
enum ServerText {
    /// As many characters of it are shown.
    private static let limit = 200

    /// `: ` and the beginning of the body, or nothing for an empty body. Secrets are hidden before it is cut.
    static func excerpt(_ response: TransferResponse, hiding mask: SecretMask) -> String {
        let text = line(mask.masked(String(decoding: response.body.prefix(limit * 8), as: UTF8.self)))
        return text.isEmpty ? "" : ": \(text)"
    }

    /// The text with control characters and runs of white space as single spaces, cut at the limit.
    static func line(_ text: String) -> String {
        var shown = ""
        var count = 0
        var isSpaceDue = false
        for scalar in text.unicodeScalars {
            let properties = scalar.properties
            if properties.isWhitespace || properties.generalCategory == .control
                || properties.generalCategory == .format
            {
                isSpaceDue = count > 0
                continue
            }
            guard count < limit else { return shown + "…" }
            if isSpaceDue {
                shown.unicodeScalars.append(" ")
                count += 1
            }
            shown.unicodeScalars.append(scalar)
            count += 1
            isSpaceDue = false
        }
        return shown
    }
}
