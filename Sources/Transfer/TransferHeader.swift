/// A field of a request's or a response's header.
public struct TransferHeader: Sendable, Hashable {
    /// The name as written; its case does not matter (RFC 9110, section 5.1).
    public let name: String
    /// The value, without the white space around it.
    public let value: String

    /// A field of that name and value.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Whether the field can stand in a header: a token as name, no line break or NUL in the value (RFC 9110,
    /// section 5.5).
    var isValid: Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
            && value.utf8.allSatisfy { $0 != 0x0A && $0 != 0x0D && $0 != 0 }
    }

    /// The field of a line `name: value`; `nil` for a line without a colon.
    init?(line: some StringProtocol) {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        name = String(line[..<colon])
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0.isNewline }
        var rest = line[line.index(after: colon)...].drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest = rest.dropLast() }
        value = String(rest)
    }
}
