/// Finds the elements of a JSON array without understanding them.
enum JSONArray {
    /// Where each element stands, without the white space around it; `nil` if the text is no array, or an element is
    /// empty or unfinished. What is inside an element is not validated beyond its brackets and strings.
    static func elements(of json: ArraySlice<UInt8>) -> [Range<Int>]? {
        let end = json.endIndex
        var index = JSONScan.skipSpace(json, json.startIndex)
        guard index < end, json[index] == UInt8(ascii: "[") else { return nil }
        index = JSONScan.skipSpace(json, index + 1)
        if index < end, json[index] == UInt8(ascii: "]") {
            return JSONScan.skipSpace(json, index + 1) == end ? [] : nil
        }
        var elements: [Range<Int>] = []
        while let valueEnd = JSONScan.valueEnd(json, index) {
            elements.append(index..<valueEnd)
            let next = JSONScan.skipSpace(json, valueEnd)
            guard next < end else { return nil }
            if json[next] == UInt8(ascii: "]") {
                return JSONScan.skipSpace(json, next + 1) == end ? elements : nil
            }
            guard json[next] == UInt8(ascii: ",") else { return nil }
            index = JSONScan.skipSpace(json, next + 1)
        }
        return nil
    }

    /// The same in all of a text.
    static func elements(of json: [UInt8]) -> [Range<Int>]? { elements(of: json[...]) }
}
