/// Looks for what would make a file with aliases cost exponential time.
///
/// The parser hashes each key with all that it holds, before anybody can count it: a key that holds an alias of an
/// alias of … would never be done. Files with aliases may therefore have nothing but text as keys. This looks at the
/// text alone and may refuse a strange file that is harmless, but no file without aliases.
enum YAMLAliases {
    /// The line of the first key that is an alias, a list or a mapping; `nil` if there is none, or no alias at all.
    static func lineOfCollectionKey(in text: String) -> Int? {
        let bare = withoutQuotesAndComments(text)
        guard bare.firstMatch(of: /(?:^|[\s,\[{:?\-])\*[^\s,\[\]{}]/) != nil else { return nil }
        guard
            let match = bare.firstMatch(
                of: /(?:^|[\s,\[{\-])\?(?:\s|$)|(?:\*[^\s,\[\]{}]+|[\]}])\s*:(?:\s|$|[,\[\]{}])/)
        else { return nil }
        return 1 + bare[..<match.range.lowerBound].utf8.count { $0 == UInt8(ascii: "\n") }
    }

    /// The text with quoted texts and comments left out, lines kept.
    private static func withoutQuotesAndComments(_ text: String) -> String {
        var result: [UInt8] = []
        var quote: UInt8?
        var isComment = false
        var isEscaped = false
        var previous = UInt8(ascii: "\n")
        for byte in text.utf8 {
            defer { previous = byte }
            if byte == UInt8(ascii: "\n") {
                isComment = false
                result.append(byte)
                continue
            }
            if isComment { continue }
            if let open = quote {
                if isEscaped {
                    isEscaped = false
                } else if open == UInt8(ascii: "\""), byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == open {
                    quote = nil
                }
                continue
            }
            let beginsToken = " \t\n,[{:-".utf8.contains(previous)
            if byte == UInt8(ascii: "#"), " \t\n".utf8.contains(previous) {
                isComment = true
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'"), beginsToken {
                quote = byte
                result.append(UInt8(ascii: "q"))
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
