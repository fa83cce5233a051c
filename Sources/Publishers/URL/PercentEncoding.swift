/// Percent-encoding (RFC 3986, section 2.1) as Python's `urllib` and `requests` do it.
enum PercentEncoding {
    /// `urllib.parse.unquote`: what is no escape stays, what is no UTF-8 becomes U+FFFD.
    static func decode(_ text: some StringProtocol) -> String {
        let source = Array(text.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.count)
        var index = 0
        while index < source.count {
            if let byte = escape(source, at: index) {
                bytes.append(byte)
                index += 3
            } else {
                bytes.append(source[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `urllib.parse.quote_plus`: a space becomes `+`, all but letters, digits and `_.-~` an escape.
    static func encodeParameter(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte == UInt8(ascii: " ") { bytes.append(UInt8(ascii: "+")) } else { append(byte, "", to: &bytes) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `requests.utils.requote_uri`: escapes what may not stand in a path, keeps what is escaped, and takes back the
    /// escapes of letters, digits and `_.-~`.
    static func encodePath(_ path: String) -> String {
        let source = Array(path.utf8)
        var bytes: [UInt8] = []
        var index = 0
        while index < source.count {
            if let byte = escape(source, at: index) {
                if isUnreserved(byte) { bytes.append(byte) } else { appendEscape(byte, to: &bytes) }
                index += 3
            } else {
                append(source[index], "!$&'()*+,/:;=@[]", to: &bytes)
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func escape(_ bytes: [UInt8], at index: Int) -> UInt8? {
        guard bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = digit(bytes[index + 1]),
            let low = digit(bytes[index + 2])
        else { return nil }
        return high << 4 | low
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46, 0x61...0x66: (byte | 0x20) - 0x57
        default: nil
        }
    }

    private static func append(_ byte: UInt8, _ safe: StaticString, to bytes: inout [UInt8]) {
        let isSafe = safe.withUTF8Buffer { $0.contains(byte) }
        if isSafe || isUnreserved(byte) { bytes.append(byte) } else { appendEscape(byte, to: &bytes) }
    }

    private static func appendEscape(_ byte: UInt8, to bytes: inout [UInt8]) {
        let hex = Array("0123456789ABCDEF".utf8)
        bytes += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "~"): true
        default: false
        }
    }
}
