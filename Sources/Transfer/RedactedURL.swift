/// A URL as it may be shown: without password, and without what a query parameter of a telling name holds. Works on
/// any text, for a URL that is wrong must be shown, too.
public struct RedactedURL: Sendable, Hashable, CustomStringConvertible {
    /// The URL with `***` in the place of each secret.
    public let description: String

    /// Query parameters whose name contains one of these hold a secret.
    private static let telling = [
        "token", "secret", "passw", "pwd", "apikey", "_key", "-key", "accesskey", "signature", "credential", "bearer",
        "jwt",
        "hmac",
    ]
    /// And those of these names.
    private static let tellingNames: Set = ["key", "sig", "sas", "code", "pass", "auth", "session"]

    /// The URL, redacted.
    public init(_ url: String) {
        // A server's Location may leave out the scheme.
        let relative = url.hasPrefix("//") ? url.index(url.startIndex, offsetBy: 2) : url.startIndex
        let start = relative > url.startIndex ? relative : url.range(of: "://")?.upperBound ?? url.startIndex
        let end = url[start...].firstIndex { "/?#".contains($0) } ?? url.endIndex
        var shown = String(url[..<start])
        var rest = url[start...]
        if let at = url[start..<end].lastIndex(of: "@") {
            let userInfo = url[start..<at]
            if let colon = userInfo.firstIndex(of: ":") {
                shown += userInfo[..<colon] + ":***@"
            } else {
                shown += userInfo + "@"
            }
            rest = url[url.index(after: at)...]
        } else if let at = url[start...].lastIndex(of: "@"), !Self.endsInPort(url[start..<end]) {
            // A password with an unencoded `/`, `?` or `#` ends the authority too early: hide all of it.
            shown += "***@"
            rest = url[url.index(after: at)...]
        }
        description = shown + Self.redactedQuery(rest)
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
        return tellingNames.contains(name) || telling.contains(where: name.contains)
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

extension String {
    /// Where `needle` first stands; the standard library has this in Foundation only.
    fileprivate func range(of needle: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(needle) { return start..<index(start, offsetBy: needle.count) }
            start = index(after: start)
        }
        return nil
    }
}
