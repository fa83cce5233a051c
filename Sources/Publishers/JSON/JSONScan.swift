/// Finds the ends of JSON's values without understanding them.
enum JSONScan {
    /// Where the value ends that begins at an index: behind it stands a comma or a closing bracket. `nil` if it is empty
    /// or unfinished.
    static func valueEnd(_ json: ArraySlice<UInt8>, _ start: Int) -> Int? {
        var depth = 0
        var index = start
        while index < json.endIndex {
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

    /// Where the string ends that begins at an index, behind its closing quote; `nil` if it is never closed.
    static func stringEnd(_ json: ArraySlice<UInt8>, _ start: Int) -> Int? {
        var index = start + 1
        while index < json.endIndex {
            switch json[index] {
            case UInt8(ascii: "\\"): index += 2
            case UInt8(ascii: "\""): return index + 1
            default: index += 1
            }
        }
        return nil
    }

    private static func trimmed(_ json: ArraySlice<UInt8>, _ start: Int, _ end: Int) -> Int {
        var end = end
        while end > start, isSpace(json[end - 1]) { end -= 1 }
        return end
    }

    /// The first index from there on that is no white space.
    static func skipSpace(_ json: ArraySlice<UInt8>, _ start: Int) -> Int {
        var index = start
        while index < json.endIndex, isSpace(json[index]) { index += 1 }
        return index
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}
