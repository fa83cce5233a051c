import FoundationEssentials

/// Finds the members of a JSON object without understanding their values.
enum JSONObject {
    /// A member: its name, and where its value stands.
    struct Member {
        let name: String
        let value: Range<Int>
    }

    /// The members in their order; `nil` if the text is no object, or a part of it is empty or unfinished. What is inside
    /// a value is not validated beyond its brackets and strings.
    static func members(of json: ArraySlice<UInt8>) -> [Member]? {
        let end = json.endIndex
        var index = JSONScan.skipSpace(json, json.startIndex)
        guard index < end, json[index] == UInt8(ascii: "{") else { return nil }
        index = JSONScan.skipSpace(json, index + 1)
        if index < end, json[index] == UInt8(ascii: "}") {
            return JSONScan.skipSpace(json, index + 1) == end ? [] : nil
        }
        var members: [Member] = []
        while index < end, json[index] == UInt8(ascii: "\""), let nameEnd = JSONScan.stringEnd(json, index),
            let name = text(json[index..<nameEnd])
        {
            index = JSONScan.skipSpace(json, nameEnd)
            guard index < end, json[index] == UInt8(ascii: ":") else { return nil }
            index = JSONScan.skipSpace(json, index + 1)
            guard let valueEnd = JSONScan.valueEnd(json, index) else { return nil }
            members.append(Member(name: name, value: index..<valueEnd))
            index = JSONScan.skipSpace(json, valueEnd)
            guard index < end else { return nil }
            if json[index] == UInt8(ascii: "}") {
                return JSONScan.skipSpace(json, index + 1) == end ? members : nil
            }
            guard json[index] == UInt8(ascii: ",") else { return nil }
            index = JSONScan.skipSpace(json, index + 1)
        }
        return nil
    }

    /// The text that a JSON string says; `nil` if it is none.
    static func text(_ json: ArraySlice<UInt8>) -> String? {
        guard json.count >= 2, json.first == UInt8(ascii: "\""), json.last == UInt8(ascii: "\"") else { return nil }
        let inner = json.dropFirst().dropLast()
        if !inner.contains(UInt8(ascii: "\\")) { return String(validating: inner, as: UTF8.self) }
        do {
            return try JSONDecoder().decode(String.self, from: Data(json))
        } catch {
            return nil
        }
    }
}
