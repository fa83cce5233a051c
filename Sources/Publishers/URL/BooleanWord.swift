/// Words for true and false (`oslo_utils.strutils.bool_from_string`).
enum BooleanWord {
    private static let truths: Set = ["1", "t", "true", "on", "y", "yes"]
    private static let untruths: Set = ["0", "f", "false", "off", "n", "no"]

    /// What the word says; `nil` if it is neither.
    static func value(_ text: String) -> Bool? {
        var word = Substring(text.lowercased())
        while word.first?.isWhitespace == true { word.removeFirst() }
        while word.last?.isWhitespace == true { word.removeLast() }
        return truths.contains(String(word)) ? true : untruths.contains(String(word)) ? false : nil
    }
}
