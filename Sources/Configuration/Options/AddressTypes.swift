internal import Glibc

/// Where to listen.
public struct ListenAddress: Sendable, Hashable {
    /// An IP address, without brackets, or a host name.
    public let host: String
    /// The TCP port; 0 has the system choose one.
    public let port: UInt16

    /// A port of that host.
    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }
}

extension OptionType<String> {
    /// An IP address or a host name by RFC 1123; a full stop at a name's end is dropped (`HostAddressOpt`).
    static let hostAddress = OptionType(
        "an IP address or a host name (letters, digits and hyphens between full stops)",
        parse: { isIPAddress($0) ? $0 : hostName($0) }, format: \.self)
}

extension OptionType<ListenAddress?> {
    /// `host:port`, with an IPv6 address in brackets; nothing for not listening.
    static let listenAddress = OptionType(
        "host:port, with an IPv6 address in [], or nothing",
        parse: { text in
            let text = text.strippedAsInPython
            if text.isEmpty { return .some(nil) }
            guard let colon = text.lastIndex(of: ":"), let port = port(text[text.index(after: colon)...])
            else { return nil }
            var host = String(text[..<colon])
            if host.hasPrefix("["), host.hasSuffix("]") {
                host = String(host.dropFirst().dropLast())
                guard isAddress(host, of: AF_INET6) else { return nil }
            } else if !isAddress(host, of: AF_INET), hostName(host) == nil {
                return nil
            }
            return .some(ListenAddress(host: host, port: port))
        },
        format: { address in
            guard let address else { return "" }
            return address.host.contains(":")
                ? "[\(address.host)]:\(address.port)" : "\(address.host):\(address.port)"
        })
}

private func port(_ digits: Substring) -> UInt16? {
    digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt16(digits) : nil
}

private func isIPAddress(_ text: String) -> Bool {
    isAddress(text, of: AF_INET) || isAddress(text, of: AF_INET6)
}

private func isAddress(_ text: String, of family: CInt) -> Bool {
    var address = in6_addr()
    return inet_pton(family, text, &address) == 1
}

/// The name without a full stop at its end, if it is one by `oslo_config.types.Hostname`: at most 253 characters, labels
/// of 1 to 63 letters, digits and inner hyphens, the last not of digits alone.
private func hostName(_ text: String) -> String? {
    guard text.utf8.count <= 253 else { return nil }
    let name = text.hasSuffix(".") ? String(text.dropLast()) : text
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    let areValid = labels.allSatisfy { label in
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.utf8.allSatisfy(isLetterDigitOrHyphen)
    }
    let isNumeric = labels.last?.utf8.allSatisfy { (0x30...0x39).contains($0) } ?? true
    return areValid && !isNumeric ? name : nil
}

private func isLetterDigitOrHyphen(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
}
