/// Finds the elements of a JSON array without understanding them.
enum JSONArray {
    /// Where each element stands, without the white space around it; `nil` if the text is no array, or an element is
    /// empty or unfinished. What is inside an element is not validated beyond its brackets and strings.
    static func elements(of json: [UInt8]) -> [Range<Int>]? {
        var index = skipSpace(json, 0)
        guard index < json.count, json[index] == UInt8(ascii: "[") else { return nil }
        index = skipSpace(json, index + 1)
        if index < json.count, json[index] == UInt8(ascii: "]") {
            return skipSpace(json, index + 1) == json.count ? [] : nil
        }
        var elements: [Range<Int>] = []
        while let end = elementEnd(json, index) {
            elements.append(index..<end)
            let next = skipSpace(json, end)
            guard next < json.count else { return nil }
            if json[next] == UInt8(ascii: "]") { return skipSpace(json, next + 1) == json.count ? elements : nil }
            guard json[next] == UInt8(ascii: ",") else { return nil }
            index = skipSpace(json, next + 1)
        }
        return nil
    }

    private static func elementEnd(_ json: [UInt8], _ start: Int) -> Int? {
        var depth = 0
        var index = start
        while index < json.count {
            switch json[index] {
            case UInt8(ascii: "\""):
                guard let end = stringEnd(json, index) else { return nil }
                index = end
                continue
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if depth == 0 { return index > start ? trimmed(json, start, index) : nil }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0: return index > start ? trimmed(json, start, index) : nil
            default: break
            }
            index += 1
        }
        return nil
    }

    private static func stringEnd(_ json: [UInt8], _ start: Int) -> Int? {
        var index = start + 1
        while index < json.count {
            switch json[index] {
            case UInt8(ascii: "\\"): index += 2
            case UInt8(ascii: "\""): return index + 1
            default: index += 1
            }
        }
        return nil
    }

    private static func trimmed(_ json: [UInt8], _ start: Int, _ end: Int) -> Int {
        var end = end
        while end > start, isSpace(json[end - 1]) { end -= 1 }
        return end
    }

    private static func skipSpace(_ json: [UInt8], _ start: Int) -> Int {
        var index = start
        while index < json.count, isSpace(json[index]) { index += 1 }
        return index
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}
