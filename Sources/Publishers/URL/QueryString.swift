/// A query's parameters, as Python's `urllib.parse.parse_qs` reads and `urlencode(doseq=True)` writes them: in the
/// order of their names' first appearance, all values of a name together.
struct QueryString: Sendable, Hashable {
    private(set) var parameters: [(name: String, values: [String])] = []

    /// Reads the text after `?`. Parameters without a value are dropped unless `keepingBlankValues`.
    init(_ text: String, keepingBlankValues: Bool = false) {
        for part in text.split(separator: "&") {
            let pieces = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = pieces.count > 1 ? Self.decode(pieces[1]) : ""
            guard !value.isEmpty || keepingBlankValues else { continue }
            let name = Self.decode(pieces[0])
            if let index = parameters.firstIndex(where: { $0.name == name }) {
                parameters[index].values.append(value)
            } else {
                parameters.append((name, [value]))
            }
        }
    }

    private static func decode(_ text: Substring) -> String {
        PercentEncoding.decode(String(text.map { $0 == "+" ? " " : $0 }))
    }

    /// Removes a parameter and returns its values.
    mutating func take(_ name: String) -> [String] {
        guard let index = parameters.firstIndex(where: { $0.name == name }) else { return [] }
        return parameters.remove(at: index).values
    }

    /// The text after `?`; empty for no parameters.
    var encoded: String {
        let pairs = parameters.flatMap { parameter in
            parameter.values.map { value in
                "\(PercentEncoding.encodeParameter(parameter.name))=\(PercentEncoding.encodeParameter(value))"
            }
        }
        return pairs.joined(separator: "&")
    }

    static func == (a: QueryString, b: QueryString) -> Bool {
        a.encoded == b.encoded
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(encoded)
    }
}
