/// A URL as it may be shown: without password, and without what a query parameter of a telling name holds. Works on
/// any text, for a URL that is wrong must be shown, too.
public struct RedactedURL: Sendable, Hashable, CustomStringConvertible {
    /// The URL with `***` in the place of each secret.
    public let description: String

    /// Query parameters whose name contains one of these hold a secret.
    private static let telling = [
        "token", "secret", "passw", "pwd", "apikey", "_key", "-key", "accesskey", "signature", "credential", "bearer",
        "jwt", "hmac",
    ]
    /// And those of whose name one of these is a word: `x-session`, `access_id`, `authCode`.
    private static let tellingWords: Set<String> = [
        "access", "auth", "authorization", "code", "key", "login", "pass", "pin", "pw", "sas", "session", "sessionid",
        "sid", "sig",
    ]

    /// The URL, redacted.
    public init(_ url: String) {
        // A server's Location may leave out the scheme.
        let scheme = Self.endOfScheme(url)
        let start = url.hasPrefix("//") ? url.index(url.startIndex, offsetBy: 2) : scheme ?? url.startIndex
        let end = url[start...].firstIndex { "/?#".contains($0) } ?? url.endIndex
        var shown = String(url[..<start])
        var rest = url[start...]
        let hasAuthority = start > url.startIndex
        if let at = url[start..<end].lastIndex(of: "@") {
            let userInfo = url[start..<at]
            if let colon = userInfo.firstIndex(of: ":") {
                shown += userInfo[..<colon] + ":***@"
            } else {
                shown += userInfo + "@"
            }
            rest = url[url.index(after: at)...]
        } else if let at = url[start...].lastIndex(of: "@"), !hasAuthority || !Self.endsInPort(url[start..<end]) {
            // A password with an unencoded `/`, `?` or `#` ends the authority too early, and what has no `//` has no
            // authority: hide all of it.
            shown += "***@"
            rest = url[url.index(after: at)...]
        }
        description = shown + Self.redactedQuery(rest)
    }

    /// Behind the `://` of a scheme (RFC 3986, section 3.1); `nil` if the text begins with none.
    private static func endOfScheme(_ url: String) -> String.Index? {
        let end = url.firstIndex { !($0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0))) }
        guard let end, end > url.startIndex || url.hasPrefix("://"), url[end...].hasPrefix("://") else { return nil }
        return url.index(end, offsetBy: 3)
    }

    /// What the query parameters of telling names hold, as it stands in the URL.
    public static func secrets(of url: String) -> [String] {
        guard let mark = url.firstIndex(of: "?") else { return [] }
        let query = url[url.index(after: mark)...].prefix { $0 != "#" }
        return query.split(separator: "&").compactMap { parameter in
            guard let equals = parameter.firstIndex(of: "="), isTelling(parameter[..<equals]) else { return nil }
            return String(parameter[parameter.index(after: equals)...])
        }
    }

    private static func isTelling(_ parameter: Substring) -> Bool {
        let name = parameter.lowercased()
        return telling.contains(where: name.contains) || words(of: parameter).contains(where: tellingWords.contains)
    }

    /// The words of a name, in lower case: `X-Session` and `xSession` have two.
    private static func words(of name: Substring) -> [String] {
        var words = [""]
        var wasLower = false
        for character in name {
            let isPart = character.isLetter || character.isNumber
            if !isPart || wasLower && character.isUppercase { words.append("") }
            if isPart { words[words.count - 1] += character.lowercased() }
            wasLower = character.isLowercase || character.isNumber
        }
        return words
    }

    private static func endsInPort(_ authority: Substring) -> Bool {
        guard !authority.hasSuffix("]"), let colon = authority.lastIndex(of: ":") else { return true }
        return authority[authority.index(after: colon)...].utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }

    private static func redactedQuery(_ text: Substring) -> String {
        guard let mark = text.firstIndex(of: "?") else { return String(text) }
        let start = text.index(after: mark)
        let end = text[start...].firstIndex(of: "#") ?? text.endIndex
        let parameters = text[start..<end].split(separator: "&", omittingEmptySubsequences: false)
        let shown = parameters.map { parameter -> String in
            guard let equals = parameter.firstIndex(of: "=") else { return String(parameter) }
            // The publishers' own `signature` says yes or no.
            let value = parameter[parameter.index(after: equals)...].lowercased()
            guard isTelling(parameter[..<equals]), value != "true", value != "false" else { return String(parameter) }
            return parameter[...equals] + "***"
        }
        return text[..<start] + shown.joined(separator: "&") + text[end...]
    }
}
