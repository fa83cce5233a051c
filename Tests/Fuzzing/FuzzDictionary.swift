/// The words of a format, from which a mutator makes texts that a parser does not refuse at their first byte.
public struct FuzzDictionary: Sendable {
    /// What can be put anywhere.
    public let tokens: [[UInt8]]
    /// What opens and closes a level of nesting.
    public let nesting: [(open: [UInt8], close: [UInt8])]

    /// A dictionary of those words; what is interesting to every parser is added.
    public init(_ tokens: [String], nesting: [(open: String, close: String)]) {
        self.tokens = tokens.map { Array($0.utf8) } + Self.common
        self.nesting = nesting.map { (Array($0.open.utf8), Array($0.close.utf8)) }
    }

    /// Numbers at and beyond the bounds of types, and characters that change how a text is shown, split or compared.
    private static let common: [[UInt8]] =
        [
            "-1", "0", "-0", "1e309", "-1e309", "5e-324", "0.1", "2147483648", "9223372036854775807",
            "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615",
            "18446744073709551616", "340282366920938463463374607431768211456", "0x7fffffffffffffff", "1_0", "٣",
            String(repeating: "9", count: 400), "\u{202E}", "\u{2028}", "\u{85}", "\u{1B}[2J", "\u{301}", "\u{1F600}",
            "\u{E000}", "\u{FEFF}", "\u{200B}", "\t", "\r", "\r\n", "\n", " ", "\u{7F}",
        ].map { Array($0.utf8) } + [
            [0], [0xFF], [0xFE, 0xFF], [0xFF, 0xFE], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xE2, 0x82], [0x80],
        ]

    /// Numbers alone, to stand for others.
    static let numbers = common.prefix(19)
}
