import Glibc

/// The proxy that libcurl takes from the environment for a URL: `http_proxy`, `https_proxy`, `HTTPS_PROXY`, `all_proxy`,
/// `ALL_PROXY` and `no_proxy`, `NO_PROXY` (libcurl: `detect_proxy`, `Curl_check_noproxy`).
package struct EnvironmentProxy: Sendable, Hashable {
    /// The variable that names it.
    let variable: String
    /// Its URL, redacted.
    let url: String
    /// Its host, in lower case and without brackets.
    let host: String

    /// `nil` if there is none for that URL. `environment` has the values by name.
    init?(for url: String, environment: (String) -> String? = Self.environment) {
        guard let target = URLHost(url) else { return nil }
        let names =
            target.scheme == "https"
            ? ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] : ["http_proxy", "all_proxy", "ALL_PROXY"]
        let named = names.map { ($0, environment($0) ?? "") }.first { !$0.1.isEmpty }
        guard let (variable, value) = named else { return nil }
        let exceptions = ["no_proxy", "NO_PROXY"].compactMap(environment).first { !$0.isEmpty } ?? ""
        guard !Self.isExcepted(target.name, exceptions),
            let place = URLHost(value.contains("://") ? value : "http://\(value)")
        else { return nil }
        self.variable = variable
        self.url = RedactedURL(value).description
        host = place.name
    }

    /// The process's environment.
    package static let environment: @Sendable (String) -> String? = { name in getenv(name).map { String(cString: $0) } }

    private static let variables = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]

    /// A text of libcurl's without the proxies' passwords: it quotes the URL of a proxy that it cannot read.
    static func redacted(_ text: String, environment: (String) -> String? = Self.environment) -> String {
        variables.compactMap(environment).filter { !$0.isEmpty }.reduce(text) { text, value in
            text.replacing(value, with: RedactedURL(value).description)
        }
    }

    /// Users and passwords of all proxies that the environment names, as they stand in the URLs.
    package static func credentials(environment: (String) -> String? = Self.environment) -> [BasicCredentials] {
        variables.compactMap(environment).compactMap { value in
            let rest = value.split(separator: "://", maxSplits: 1).last ?? ""
            guard let at = rest.prefix(while: { $0 != "/" }).lastIndex(of: "@") else { return nil }
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            return BasicCredentials(user: String(parts[0]), password: String(parts[1]))
        }
    }

    private static func isExcepted(_ host: String, _ list: String) -> Bool {
        list.split { $0 == "," || $0 == " " }.contains { entry in
            let name = entry.lowercased().drop { $0 == "." }
            // Of a network (10.0.0.0/8) it is not told: better no proxy named than a wrong one.
            return name == "*" || name == host || host.hasSuffix(".\(name)") || entry.contains("/")
        }
    }
}

/// Scheme and host of an absolute URL.
struct URLHost: Sendable, Hashable {
    /// In lower case.
    let scheme: String
    /// In lower case, an IPv6 address without its brackets.
    let name: String

    init?(_ url: String) {
        let parts = url.split(separator: "://", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        scheme = parts[0].lowercased()
        var authority = parts[1].prefix { !"/?#".contains($0) }
        if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
        if authority.first == "[", let end = authority.firstIndex(of: "]") {
            name = authority[..<end].dropFirst().lowercased()
        } else {
            name = authority.prefix { $0 != ":" }.lowercased()
        }
        if name.isEmpty { return nil }
    }
}
