internal import Glibc

/// The `Host` of a request. An attacker can make the name of a web page resolve to this host (DNS rebinding); the browser's
/// requests then carry that name. They never carry an IP address or a name that is not the attacker's.
enum HostField {
    /// Whether the field is an IP address, `localhost` or a name that `isOwn` accepts; with or without a port. `isOwn` gets
    /// names in small letters, without a full stop at the end.
    static func isAllowed(_ field: String, _ isOwn: (String) -> Bool) -> Bool {
        guard let host = host(field) else { return false }
        var address = in6_addr()
        if inet_pton(AF_INET, host, &address) == 1 { return true }
        let name = (host.hasSuffix(".") ? String(host.dropLast()) : host).lowercased()
        return name == "localhost" || !name.isEmpty && isOwn(name)
    }

    /// `host`, `host:port`, `[address]` or `[address]:port`; the address is given back as `0.0.0.0`, which stands for any.
    private static func host(_ field: String) -> String? {
        if field.hasPrefix("[") {
            guard let end = field.firstIndex(of: "]") else { return nil }
            // Without its zone, as in fe80::1%eth0.
            let address = field[field.index(after: field.startIndex)..<end].prefix { $0 != "%" }
            var bytes = in6_addr()
            let rest = field[field.index(after: end)...]
            guard inet_pton(AF_INET6, String(address), &bytes) == 1, isPort(rest) else { return nil }
            return "0.0.0.0"
        }
        guard let colon = field.firstIndex(of: ":") else { return field }
        return isPort(field[colon...]) ? String(field[..<colon]) : nil
    }

    /// Nothing, or a colon with digits or none.
    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || text.first == ":" && text.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
