/// What values an option takes.
public struct OptionType<Value: Sendable>: Sendable {
    /// What is expected, to be read after "expected": "an integer, at least 1".
    public let expectation: String
    /// What may stand, if little enough to be listed.
    let choices: [String]
    /// The value that a text stands for; `nil` if it stands for none.
    let parse: @Sendable (String) -> Value?
    /// How oslo.config writes the value where another option refers to it: as Python's `str()` does.
    let format: @Sendable (Value) -> String

    init(
        _ expectation: String, choices: [String] = [], parse: @escaping @Sendable (String) -> Value?,
        format: @escaping @Sendable (Value) -> String
    ) {
        self.expectation = expectation
        self.choices = choices
        self.parse = parse
        self.format = format
    }
}

extension OptionType<String> {
    /// Any text (`StrOpt`).
    static let string = OptionType("text", parse: \.self, format: \.self)

    /// Any text but none.
    static let path = OptionType("a path", parse: { $0.isEmpty ? nil : $0 }, format: \.self)
}

extension OptionType<Bool> {
    /// `BoolOpt`, in any case.
    static let boolean = OptionType(
        "true or false (or yes, no, on, off, 1, 0)",
        parse: { text in
            switch text.lowercased() {
            case "true", "1", "on", "yes": true
            case "false", "0", "off", "no": false
            default: nil
            }
        },
        format: { $0 ? "True" : "False" })
}

extension OptionType where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the cases, in exactly that case (`StrOpt` with choices).
    static var choice: OptionType {
        let choices = Value.allCases.map(\.rawValue)
        return OptionType(
            choices.count == 1 ? choices[0] : "one of \(choices.joined(separator: ", "))", choices: choices,
            parse: { Value(rawValue: $0) }, format: { $0.rawValue })
    }
}

extension OptionType<[String]> {
    /// Items between commas (`ListOpt`); white space around an item and commas at the end count for nothing. oslo's
    /// lists of plain text know no quotes.
    static let list = OptionType(
        "a list of items between commas",
        parse: { text in
            var items = text.strippedAsInPython
            while items.hasSuffix(",") { items.removeLast() }
            return items.isEmpty
                ? []
                : items.split(separator: ",", omittingEmptySubsequences: false).map {
                    String($0).strippedAsInPython
                }
        },
        format: { items in
            let quoted = items.map { item in
                "'\(item.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
            }
            return "[\(quoted.joined(separator: ", "))]"
        })
}
