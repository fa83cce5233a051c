/// Cuts the text of a JSON array into the texts of its elements, without changing a byte of them. Whether an element is
/// valid JSON is for its decoder to say.
enum JSONElements {
    /// The elements of an array, or the object that stands instead of one.
    static func split(_ text: [UInt8]) throws(MalformedBody) -> [ArraySlice<UInt8>] {
        guard let start = text.firstIndex(where: { !isSpace($0) }) else {
            throw MalformedBody("the body is empty; expected a JSON array of samples")
        }
        switch text[start] {
        case UInt8(ascii: "{"): return [text[start...]]
        case UInt8(ascii: "["): return try elements(of: text[(start + 1)...])
        default: throw MalformedBody("the body is no JSON; expected an array of samples, or one sample")
        }
    }

    private static func elements(of text: ArraySlice<UInt8>) throws(MalformedBody) -> [ArraySlice<UInt8>] {
        var found: [ArraySlice<UInt8>] = []
        var start = text.startIndex
        var depth = 0
        var inString = false
        var escaped = false
        for index in text.indices {
            let byte = text[index]
            if inString {
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): inString = true
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]") where depth == 0:
                guard text[(index + 1)...].allSatisfy(isSpace) else {
                    throw MalformedBody("something follows the array of samples")
                }
                let last = text[start..<index]
                if !found.isEmpty || !last.allSatisfy(isSpace) { found.append(last) }
                return found
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: ",") where depth == 0:
                found.append(text[start..<index])
                start = index + 1
            default: break
            }
        }
        throw MalformedBody("the array of samples does not end: the body is cut off, or a bracket is missing")
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}
