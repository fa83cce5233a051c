import Transfer

/// A publisher's URL in its parts, taken apart as Python's `urllib.parse.urlsplit` does, which Ceilometer uses: nothing
/// but the credentials is percent-decoded. Its description is redacted.
struct PublisherURL: Sendable, Hashable {
    /// In lower case.
    let scheme: String
    /// What stands before the host, percent-decoded.
    let credentials: BasicCredentials?
    /// The host as written, an IPv6 address in its brackets; empty if there is none.
    let host: String
    /// 0 to 65535.
    let port: Int?
    /// From the first slash after the host up to the query.
    let path: String
    /// Between `?` and `#`.
    let query: String
    /// All of it, redacted.
    let description: String

    /// Takes a URL apart; throws what is wrong with it, without showing any of it.
    init(_ text: String) throws(PublisherURLError) {
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw .controlCharacter }
        description = RedactedURL(text).description
        guard let colon = text.firstIndex(of: ":"), let letter = text.utf8.first, Self.isLetter(letter),
            text[..<colon].utf8.allSatisfy({
                Self.isLetter($0) || (0x30...0x39).contains($0) || "+-.".utf8.contains($0)
            })
        else { throw .noScheme }
        scheme = text[..<colon].lowercased()

        var rest = text[text.index(after: colon)...]
        if let mark = rest.firstIndex(of: "#") { rest = rest[..<mark] }
        if let mark = rest.firstIndex(of: "?") {
            query = String(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        } else {
            query = ""
        }
        guard rest.hasPrefix("//") else {
            (credentials, host, port, path) = (nil, "", nil, String(rest))
            return
        }
        rest = rest.dropFirst(2)
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        path = String(rest[end...])
        let authority = Authority(rest[..<end])
        credentials = try authority.credentials()
        host = try authority.host()
        port = try authority.portNumber()
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte | 0x20)
    }
}

extension PublisherURL: CustomStringConvertible {}

/// What stands between `//` and the path (RFC 3986, section 3.2).
private struct Authority {
    let userInfo: Substring?
    let hostText: Substring
    let port: Substring?

    init(_ text: Substring) {
        var place = text
        if let at = text.lastIndex(of: "@") {
            userInfo = text[..<at]
            place = text[text.index(after: at)...]
        } else {
            userInfo = nil
        }
        let hostEnd = place.hasPrefix("[") ? place.firstIndex(of: "]") ?? place.startIndex : place.startIndex
        if let colon = place[hostEnd...].firstIndex(of: ":") {
            hostText = place[..<colon]
            port = place[place.index(after: colon)...]
        } else {
            hostText = place
            port = nil
        }
    }

    func credentials() throws(PublisherURLError) -> BasicCredentials? {
        guard let userInfo, !userInfo.isEmpty else { return nil }
        let parts = userInfo.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let user = PercentEncoding.decode(parts[0])
        let password = parts.count > 1 ? PercentEncoding.decode(parts[1]) : ""
        guard !user.utf8.contains(0), !password.utf8.contains(0) else { throw .controlCharacter }
        return BasicCredentials(user: user, password: password)
    }

    func host() throws(PublisherURLError) -> String {
        let isLiteral = hostText.hasPrefix("[") && hostText.hasSuffix("]")
        let name = isLiteral ? hostText.dropFirst().dropLast() : hostText
        let forbidden = " \"<>\\^`{|}%[]"
        guard !name.contains(where: forbidden.contains), !isLiteral || name.contains(":") else { throw .badHost }
        return String(hostText)
    }

    func portNumber() throws(PublisherURLError) -> Int? {
        guard let port, !port.isEmpty else { return nil }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(port), number <= 65_535 else {
            throw .badPort
        }
        return number
    }
}
